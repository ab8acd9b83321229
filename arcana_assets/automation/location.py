"""The code location: the module that the web page and the daemon load, and the name that it has there.

Belongs here: how jobs of this package are named to Dagster's processes. Does not belong here: what is in it
(`definitions`), starting those processes (`serving`).
"""

import sys

from dagster._core.definitions.repository_definition import SINGLETON_REPOSITORY_NAME
from dagster._core.remote_origin import ManagedGrpcPythonEnvCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

MODULE = "arcana_assets.definitions"
"""Also the name of the location, as Dagster names one that is loaded with `-m`; `workspace.yaml` says the same."""


def job_origin(job: str) -> RemoteJobOrigin:
    """Where the web page finds a job, so that it shows a run of it among those of the job and on the timeline."""
    module = LoadableTargetOrigin(executable_path=sys.executable, module_name=MODULE)
    location = ManagedGrpcPythonEnvCodeLocationOrigin(module, location_name=MODULE)
    return RemoteRepositoryOrigin(location, SINGLETON_REPOSITORY_NAME).get_job_origin(job)
