"""A request as text for people."""

from collections.abc import Iterator

from rich.text import Text

from pluralism.planning.asking import Asked

ESCAPED = {code: ascii(chr(code))[1:-1] for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}
"""Control characters, which a terminal would obey -> how they are shown."""
COLOURS = {"system": "magenta", "user": "cyan", "assistant": "green"}


def request_text(asked: Asked) -> Text:
    """A heading, the turns in colours, and how long the prompt is."""
    text = Text()
    for line, style in _lines(asked):
        text.append(line.translate(ESCAPED) + "\n", style)
    return text


def _lines(asked: Asked) -> Iterator[tuple[str, str]]:
    query, prompt = asked.query, asked.prompt
    named = {"attribute": query.attribute, "target": query.target, "sample": query.sample, "order": query.order}
    parts = ", ".join(f"{name} {value}" for name, value in named.items() if value is not None)
    item = "train item" if query.train else "item"
    yield f"=== {' / '.join(asked.cell.names)}, {item} {query.item}, {parts}", "bold"
    left_out = _left_out(asked)
    for place, turn in enumerate(asked.messages):
        example = (place - 1) // 2
        note = ""
        if example < len(query.examples) and turn["role"] != "system":
            note = f", example {example + 1}: train item {query.examples[example]}"
            note += ", left out: the prompt does not fit the context" if example in left_out else ""
        yield f"[{turn['role']}{note}]", f"bold {COLOURS[turn['role']]}"
        yield turn["content"], f"dim {COLOURS[turn['role']]}" if example in left_out and note else COLOURS[turn["role"]]
    for text in asked.texts:
        yield "[how likely is this answer]", f"bold {COLOURS['assistant']}"
        yield text, COLOURS["assistant"]
    if prompt is None:
        yield "[tokens: not counted, since the model's tokenizer is not on this machine or renders no chat]", "dim"
    else:
        dropped = f", {prompt.dropped_examples} examples left out" if prompt.dropped_examples else ""
        yield f"[{prompt.tokens} tokens{dropped}]", "dim"


def _left_out(asked: Asked) -> set[int]:
    """The places of the examples that are left out: the least similar ones."""
    count = asked.prompt.dropped_examples if asked.prompt is not None else 0
    if not count:
        return set()
    examples = asked.query.chat.examples
    ranked = sorted(range(len(examples)), key=lambda place: examples[place].similarity_rank)
    return set(ranked[len(ranked) - count :])
