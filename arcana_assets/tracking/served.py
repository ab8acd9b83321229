"""Served models: the folder of a model that MLflow loads, a file of code and a file of data; nothing is pickled.

Belongs here: what `mlflow.pyfunc` needs to load a model. Does not belong here: the run it belongs to (`fits`), the code
that scores (whoever hands over a fit).
"""

import atexit
import shutil
import uuid
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from arcana_assets import __version__
from arcana_assets.engine.scratch import remove, scratch_folder

_MODEL = Path("artifacts") / "model.json"  # where MLflow puts the artifact `model` of that name


def write_served_model(folder: Path, model_json: str, model_code: Path) -> None:
    """Writes the folder of a model with this JSON, and an id of its own, which the code scores with.

    All such folders differ in JSON and id alone, and MLflow takes a tenth of a second to make one: it makes one a
    process, which is copied.
    """
    from mlflow.models import Model

    shutil.copytree(_template(model_code) / "model", folder)
    (folder / _MODEL).write_text(model_json, encoding="utf-8")
    described = Model.load(folder)
    described.model_uuid = uuid.uuid4().hex
    described.utc_time_created = str(datetime.now(UTC).replace(tzinfo=None))
    files = [file for file in folder.rglob("*") if file.is_file() and file.name != "MLmodel"]
    described.model_size_bytes = sum(file.stat().st_size for file in files)
    described.save(folder / "MLmodel")


@cache
def _template(model_code: Path) -> Path:
    """A folder with a model of no JSON; it is gone with the process."""
    import mlflow.pyfunc

    made = scratch_folder("model")
    atexit.register(remove, made)
    data = made / _MODEL.name
    data.write_text("{}", encoding="utf-8")
    mlflow.pyfunc.save_model(
        made / "model",
        python_model=model_code,
        artifacts={"model": str(data)},
        pip_requirements=[f"arcana-assets[tracking]=={__version__}"],
    )
    return made
