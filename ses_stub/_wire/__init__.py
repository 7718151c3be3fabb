"""The codecs: bytes to parameters and back, with botocore's service model."""
