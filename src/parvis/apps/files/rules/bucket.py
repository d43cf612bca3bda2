"""Storage of received files in an S3-compatible bucket. Imported only when PARVIS_FILES_URL asks for it."""

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from storages.backends.s3 import S3Storage

WAIT = 5  # seconds to connect; twice that to read
TRIES = 3


class Bucket(S3Storage):
    """Private objects under unique names, with bounded timeouts and retries."""

    def __init__(self, **options: object) -> None:
        bounded = Config(
            connect_timeout=WAIT,
            read_timeout=WAIT * 2,
            retries={"total_max_attempts": TRIES, "mode": "standard"},
            signature_version="s3v4",
            s3={"addressing_style": options.get("addressing_style") or "auto"},
            # Checksums only when required: not every S3-compatible server supports them.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        fixed = {"default_acl": None, "file_overwrite": False, "querystring_auth": True, "client_config": bounded}
        super().__init__(**options, **fixed)

    def trouble(self) -> str:
        """Why the bucket cannot be used, in a sentence for the operator; "" when it can."""
        try:
            self.connection.meta.client.head_bucket(Bucket=self.bucket_name)
        except (BotoCoreError, ClientError, ValueError) as error:
            endpoint = self.endpoint_url or "S3"
            return f"the bucket {self.bucket_name} of PARVIS_FILES_URL does not answer at {endpoint}: {error}"
        return ""
