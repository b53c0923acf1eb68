"""The official AWS Encryption SDK at the other end of a pipe.

    peer.py sdk3|sdk4

Takes the key management service and its access key from the environment, and one JSON object a line
from standard input; answers one a line: what was asked for, or {"refused": reason}. SDK 3 uses master
key providers; SDK 4 the keyrings of the material providers library, which is another implementation of
all that concerns keys and contexts.
"""

import json
import logging
import sys

import aws_encryption_sdk
import boto3
from aws_encryption_sdk.identifiers import Algorithm, CommitmentPolicy

SDK = sys.argv[1]
KMS = boto3.client("kms")
CLIENT = aws_encryption_sdk.EncryptionSDKClient(
    commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT,
    max_encrypted_data_keys=8,
)
logging.disable(logging.CRITICAL)

if SDK == "sdk3":
    from aws_encryption_sdk.key_providers.kms import KMSMasterKey, KMSMasterKeyConfig

    def key(arn):
        config = KMSMasterKeyConfig(key_id=arn.encode(), client=KMS)
        return {"key_provider": KMSMasterKey(config=config)}

else:
    from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders
    from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig
    from aws_cryptographic_material_providers.mpl.models import CreateAwsKmsKeyringInput

    PROVIDERS = AwsCryptographicMaterialProviders(config=MaterialProvidersConfig())

    def key(arn):
        keyring = CreateAwsKmsKeyringInput(kms_key_id=arn, kms_client=KMS)
        return {"keyring": PROVIDERS.create_aws_kms_keyring(input=keyring)}


def make_key(_):
    return {"key": KMS.create_key()["KeyMetadata"]["Arn"]}


def data_key(ask):
    made = KMS.generate_data_key(
        KeyId=ask["key"], KeySpec="AES_256", EncryptionContext=dict(ask["context"])
    )
    return {"plaintext": made["Plaintext"].hex(), "wrapped": made["CiphertextBlob"].hex()}


def unwrap(ask):
    opened = KMS.decrypt(
        KeyId=ask["key"],
        CiphertextBlob=bytes.fromhex(ask["wrapped"]),
        EncryptionContext=dict(ask["context"]),
    )
    return {"plaintext": opened["Plaintext"].hex()}


def open_message(ask):
    with open(ask["message"], "rb") as source:
        with CLIENT.stream(mode="decrypt-unsigned", source=source, **key(ask["key"])) as message:
            context = message.header.encryption_context
            if any(context.get(name) != value for name, value in ask["context"]):
                raise ValueError("another encryption context")
            plaintext = message.read()
        if source.read(1):
            raise ValueError("bytes after the end of the message")
    with open(ask["plaintext"], "wb") as output:
        output.write(plaintext)
    return {"context": sorted(context.items())}


def write_message(ask):
    with open(ask["plaintext"], "rb") as source:
        message, _ = CLIENT.encrypt(
            source=source,
            encryption_context=dict(ask["context"]),
            algorithm=Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY,
            frame_length=ask["frame"],
            **key(ask["key"]),
        )
    with open(ask["message"], "wb") as output:
        output.write(message)
    return {}


ACTIONS = {
    "make-key": make_key,
    "data-key": data_key,
    "unwrap": unwrap,
    "open": open_message,
    "write": write_message,
}

for line in sys.stdin:
    ask = json.loads(line)
    try:
        answer = ACTIONS[ask["do"]](ask)
    except Exception as error:  # every refusal is an answer
        answer = {"refused": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
