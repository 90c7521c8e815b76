"""What a cell asked, and how, in the words of the schemas that others read."""

import json
import re
from typing import Any

from pluralism.engines.models import ENGINES, LanguageModel, is_folder_name
from pluralism.study.config import Config
from pluralism.study.grid import Cell

HERE, NOBODY = "local", "pluralism"
"""In place of a developer: of weights that lie on a machine, and of an ADM that asks no model."""


def asked_model(config: Config, cell: Cell) -> dict[str, Any]:
    """The `model_info` of Every Eval Ever: the model that a cell asks; for an ADM that asks none, the ADM itself."""
    model = cell.settings.model if cell.needs_model or cell.imported is not None else None
    if model is None:
        details = {"deployment_type": "unknown", "model_availability": "unknown", "asks": "no model"}
        if cell.imported is not None:
            details["asks"] = "not known: the run of another code was imported"
        return {"name": config.names().adm(cell.adm), "id": f"{NOBODY}/{cell.adm}", "additional_details": details}
    identity, engine = model_identity(model), ENGINES.get(model.engine)
    open_weights = engine.loads_weights and not identity.startswith(f"{HERE}/")
    details = {
        "deployment_type": "unknown" if engine.is_remote or cell.imported is not None else "self_deployed",
        "model_availability": "open_weights" if open_weights else "unknown",
        **{"revision": model.revision, "dtype": model.dtype},
        **({"file": model.file} if model.file else {}),
    }
    found: dict[str, Any] = {
        "name": model.label or model.id.rsplit("/", 1)[-1],
        "id": identity,
        "developer": identity.split("/")[0],
    }
    if cell.imported is None:
        found["inference_engine"] = {"name": model.engine}
    return found | {"additional_details": details}


def model_identity(model: LanguageModel) -> str:
    """A model's hub id; of a folder or a file of this machine its name alone, below `local/`."""
    if "/" in model.id and not is_folder_name(model.id):
        return model.id
    name = re.sub(r"[^\w.-]", "_", model.id.rstrip("/").rsplit("/", 1)[-1]).strip(".") or "model"
    return f"{HERE}/{name}"


def decoding_facts(cell: Cell) -> tuple[dict[str, Any], dict[str, str]]:
    """How the answers of a cell were drawn: arguments of the model's answers, and details as texts."""
    adm = cell.settings.adm
    details = {
        **{"experiment": cell.experiment, "adm": cell.adm, "adm_kind": adm.kind},
        **({"few_shot": json.dumps(adm.few_shot.model_dump(mode="json"))} if adm.few_shot is not None else {}),
        **({"prompts": cell.prompts} if cell.prompts != "-" else {}),
    }
    if cell.imported is not None or not cell.needs_model:
        return {}, details
    decoding = cell.settings.decoding
    details |= {"samples": str(decoding.samples), "aggregate": cell.aggregate}
    return {"temperature": decoding.temperature}, details
