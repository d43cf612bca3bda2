"""Received files in an S3-compatible bucket. Loaded only where PARVIS_FILES_URL asks for it."""

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from storages.backends.s3 import S3Storage

WAIT = 5  # seconds to be reached, and again for each answer
TRIES = 3


class Bucket(S3Storage):
    """Objects that only our keys reach, each under a name of its own, sent with a bounded patience."""

    def __init__(self, **options: object) -> None:
        bounded = Config(
            connect_timeout=WAIT,
            read_timeout=WAIT * 2,
            retries={"total_max_attempts": TRIES, "mode": "standard"},
            signature_version="s3v4",
            s3={"addressing_style": options.get("addressing_style") or "auto"},
            # Only what every S3-compatible server understands.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        always = {"default_acl": None, "file_overwrite": False, "querystring_auth": True, "client_config": bounded}
        super().__init__(**options, **always)

    def trouble(self) -> str:
        """Why the bucket cannot be used, in a sentence for who runs the service; "" when it answers to our keys."""
        try:
            self.connection.meta.client.head_bucket(Bucket=self.bucket_name)
        except (BotoCoreError, ClientError, ValueError) as error:
            where = self.endpoint_url or "S3"
            return f"the bucket {self.bucket_name} of PARVIS_FILES_URL does not answer at {where}: {error}"
        return ""
