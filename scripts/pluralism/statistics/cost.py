"""What the predictions of an ADM cost."""

import pandas as pd

from pluralism.statistics.table_columns import TableRow


def cost_row(predictions: pd.DataFrame) -> TableRow:
    """Generations and their tokens; the tokens of a query count once, and a query without tokens asked no model.

    A reward model's rows name only the query of the response that it picked, so only those count. Where several queries
    make one prediction, a row has the tokens of those that no row names, too.
    """
    tokens = predictions.drop_duplicates("query")[["prompt_tokens", "output_tokens"]]
    asked = tokens[tokens.sum(axis=1) > 0]
    return {
        "generations": len(asked),
        "prompt_tokens": int(asked["prompt_tokens"].sum()),
        "output_tokens": int(asked["output_tokens"].sum()),
    }
