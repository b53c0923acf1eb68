# Long because a scenario is worth little without those beside it, and each is short.
"""What real clients do with a key management service on loopback, and what they must be told.

    clients.py SCENARIO

The service and the access key come from the environment, as every client takes them: AWS_ENDPOINT_URL_KMS,
AWS_DEFAULT_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY. OTHER_ACCESS_KEY_ID and
OTHER_SECRET_ACCESS_KEY belong to another account, SEALER_ACCESS_KEY_ID and SEALER_SECRET_ACCESS_KEY may
only make data keys. Exits with status 0 if everything was as it must be; says what was not, otherwise.
"""

import base64
import datetime
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.credentials
import botocore.exceptions

URL = os.environ["AWS_ENDPOINT_URL_KMS"]
REGION = os.environ["AWS_DEFAULT_REGION"]
PROGRAMS = pathlib.Path(sys.executable).parent
CONTEXT = {"dataset": "orders", "run": "7"}
# Errors are to be seen at once.
ONCE = botocore.config.Config(retries={"max_attempts": 0, "mode": "standard"})


def client(prefix="AWS", **changes):
    settings = {
        "region_name": REGION,
        "endpoint_url": URL,
        "config": ONCE,
        "aws_access_key_id": os.environ[f"{prefix}_ACCESS_KEY_ID"],
        "aws_secret_access_key": os.environ[f"{prefix}_SECRET_ACCESS_KEY"],
    }
    return boto3.client("kms", **(settings | changes))


def equal(found, wanted):
    if found != wanted:
        raise AssertionError(f"{found!r} instead of {wanted!r}")


class refused:
    """What is done within must be refused with this code, and with a message that holds `text`."""

    def __init__(self, code, text=""):
        self.code, self.text = code, text

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if error is None:
            raise AssertionError(f"done, instead of refused with {self.code}")
        if not isinstance(error, botocore.exceptions.ClientError):
            return False
        equal(error.response["Error"]["Code"], self.code)
        message = error.response["Error"]["Message"]
        if not message or self.text not in message:
            raise AssertionError(f"the message of {self.code} is {message!r}")
        if not error.response["ResponseMetadata"].get("RequestId"):
            raise AssertionError(f"{self.code} comes without a request id")
        return True


def program(name, *arguments, status=0, stdin=None):
    done = subprocess.run(
        [PROGRAMS / name, *arguments], input=stdin, capture_output=True, text=True, timeout=60
    )
    if done.returncode != status:
        raise AssertionError(f"{name} {arguments}: {done.returncode}: {done.stdout}{done.stderr}")
    return done


def new_key(kms, **arguments):
    return kms.create_key(**arguments)["KeyMetadata"]["Arn"]


# MARK: boto3


def life_of_a_key():
    kms = client()
    made = kms.create_key(
        Description="orders, nightly — é", Tags=[{"TagKey": "team", "TagValue": "data"}]
    )["KeyMetadata"]
    key, arn = made["KeyId"], made["Arn"]
    equal(arn, f"arn:ows:kms:{REGION}:{made['AWSAccountId']}:key/{key}")
    for member, value in {
        "Enabled": True, "Description": "orders, nightly — é", "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": "Enabled", "Origin": "OKMS", "KeyManager": "CUSTOMER", "MultiRegion": False,
        "KeySpec": "SYMMETRIC_DEFAULT", "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
    }.items():
        equal(made[member], value)
    equal("DeletionDate" in made, False)
    age = datetime.datetime.now(datetime.timezone.utc) - made["CreationDate"]
    equal(abs(age) < datetime.timedelta(minutes=1), True)
    for name in [key, key.upper(), arn, arn.replace("arn:ows", "arn:aws"), arn.replace("arn:", "orn:")]:
        equal(kms.describe_key(KeyId=name)["KeyMetadata"]["Arn"], arn)

    kms.update_key_description(KeyId=key, Description="")
    equal(kms.describe_key(KeyId=key)["KeyMetadata"]["Description"], "")
    kms.disable_key(KeyId=key)
    kms.disable_key(KeyId=key)
    equal(kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"], "Disabled")
    equal(kms.describe_key(KeyId=key)["KeyMetadata"]["Enabled"], False)
    with refused("DisabledException", arn):
        kms.encrypt(KeyId=key, Plaintext=b"x")
    with refused("DisabledException"):
        kms.generate_data_key(KeyId=key, KeySpec="AES_256")
    kms.enable_key(KeyId=key)
    kms.encrypt(KeyId=key, Plaintext=b"x")


def deletion():
    kms = client()
    arn = new_key(kms)
    blob = kms.encrypt(KeyId=arn, Plaintext=b"x")["CiphertextBlob"]
    for days in [1, 6, 31, 365]:
        with refused("ValidationException"):
            kms.schedule_key_deletion(KeyId=arn, PendingWindowInDays=days)
    with refused("KMSInvalidStateException", "not pending"):
        kms.cancel_key_deletion(KeyId=arn)
    scheduled = kms.schedule_key_deletion(KeyId=arn, PendingWindowInDays=7)
    equal((scheduled["KeyId"], scheduled["KeyState"]), (arn, "PendingDeletion"))
    wait = scheduled["DeletionDate"] - datetime.datetime.now(datetime.timezone.utc)
    equal(datetime.timedelta(days=6.9) < wait < datetime.timedelta(days=7.1), True)
    equal(kms.describe_key(KeyId=arn)["KeyMetadata"]["DeletionDate"], scheduled["DeletionDate"])
    for attempt in [
        lambda: kms.encrypt(KeyId=arn, Plaintext=b"x"),
        lambda: kms.decrypt(CiphertextBlob=blob),
        lambda: kms.enable_key(KeyId=arn),
        lambda: kms.disable_key(KeyId=arn),
        lambda: kms.schedule_key_deletion(KeyId=arn),
        lambda: kms.update_key_description(KeyId=arn, Description="x"),
        lambda: kms.tag_resource(KeyId=arn, Tags=[{"TagKey": "a", "TagValue": "b"}]),
    ]:
        with refused("KMSInvalidStateException", "pending deletion"):
            attempt()
    equal(kms.cancel_key_deletion(KeyId=arn)["KeyId"], arn)
    equal(kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"], "Disabled")
    kms.enable_key(KeyId=arn)
    equal(kms.decrypt(CiphertextBlob=blob)["Plaintext"], b"x")
    default = kms.schedule_key_deletion(KeyId=arn)["DeletionDate"]
    wait = default - datetime.datetime.now(datetime.timezone.utc)
    equal(round(wait.total_seconds() / 86400), 30)
    default_key = kms.describe_key(KeyId="alias/okms/default")["KeyMetadata"]["Arn"]
    with refused("UnsupportedOperationException"):
        kms.schedule_key_deletion(KeyId=default_key)


def data_keys():
    kms = client()
    arn = new_key(kms)
    for spec, count in [({"KeySpec": "AES_256"}, 32), ({"KeySpec": "AES_128"}, 16),
                        ({"NumberOfBytes": 1}, 1), ({"NumberOfBytes": 1024}, 1024)]:
        made = kms.generate_data_key(KeyId=arn, EncryptionContext=CONTEXT, **spec)
        equal((len(made["Plaintext"]), made["KeyId"]), (count, arn))
        opened = kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext=CONTEXT)
        equal((opened["Plaintext"], opened["KeyId"]), (made["Plaintext"], arn))
        equal(opened["EncryptionAlgorithm"], "SYMMETRIC_DEFAULT")
        hidden = kms.generate_data_key_without_plaintext(KeyId=arn, EncryptionContext=CONTEXT, **spec)
        equal("Plaintext" in hidden, False)
        opened = kms.decrypt(
            KeyId=arn, CiphertextBlob=hidden["CiphertextBlob"], EncryptionContext=CONTEXT)
        equal(len(opened["Plaintext"]), count)
    for wrong in [{}, {"KeySpec": "AES_256", "NumberOfBytes": 32}, {"NumberOfBytes": 1025}]:
        with refused("ValidationException"):
            kms.generate_data_key(KeyId=arn, **wrong)
    equal(len(kms.generate_random(NumberOfBytes=33)["Plaintext"]), 33)


def contexts():
    kms = client()
    arn = new_key(kms)
    blob = kms.encrypt(KeyId=arn, Plaintext=b"secret", EncryptionContext=CONTEXT)["CiphertextBlob"]
    backwards = dict(reversed(CONTEXT.items()))
    equal(kms.decrypt(CiphertextBlob=blob, EncryptionContext=backwards)["Plaintext"], b"secret")
    for wrong in [{}, {"dataset": "orders"}, CONTEXT | {"more": ""}, CONTEXT | {"run": "8"},
                  {"dataset": "orders", "ru": "n7"}, {"dataset": "ordersrun", "": "7"}]:
        with refused("InvalidCiphertextException"):
            kms.decrypt(CiphertextBlob=blob, EncryptionContext=wrong)
    # Two keys that are one to whoever normalises.
    odd = {"\u00e9": "1", "e\u0301": "2", "\uff5e": "3", "\U0001f600": "4", "": "5"}
    blob = kms.encrypt(KeyId=arn, Plaintext=b"x", EncryptionContext=odd)["CiphertextBlob"]
    kms.decrypt(CiphertextBlob=blob, EncryptionContext=odd)
    with refused("InvalidCiphertextException"):
        kms.decrypt(CiphertextBlob=blob, EncryptionContext=odd | {"\u00e9": "2", "e\u0301": "1"})
    with refused("ValidationException"):
        kms.encrypt(KeyId=arn, Plaintext=b"x", EncryptionContext={"k": "v" * 9000})


def ciphertexts():
    kms = client()
    arn, other = new_key(kms), new_key(kms)
    for count in [1, 4096]:
        blob = kms.encrypt(KeyId=arn, Plaintext=b"\xa5" * count)["CiphertextBlob"]
        equal(kms.decrypt(CiphertextBlob=blob)["Plaintext"], b"\xa5" * count)
    for place in range(len(blob)):
        if place % 97 and place > 60:
            continue
        damaged = blob[:place] + bytes([blob[place] ^ 1]) + blob[place + 1 :]
        try:
            kms.decrypt(CiphertextBlob=damaged)
        except botocore.exceptions.ClientError as error:
            code = error.response["Error"]["Code"]
            # Another key id names another key.
            if code not in ("InvalidCiphertextException", "AccessDeniedException"):
                raise
        else:
            raise AssertionError(f"opened with byte {place} changed")
    for damaged in [blob[:-1], blob + b"\0", b"x", b"\x02\x05" + b"\0" * 100]:
        with refused("InvalidCiphertextException"):
            kms.decrypt(CiphertextBlob=damaged)
    with refused("IncorrectKeyException"):
        kms.decrypt(KeyId=other, CiphertextBlob=blob)
    missing = arn[:-12] + "000000000000"
    with refused("NotFoundException", missing):
        kms.decrypt(KeyId=missing, CiphertextBlob=blob)
    with refused("ValidationException"):
        kms.encrypt(KeyId=arn, Plaintext=b"x" * 4097)
    moved = kms.re_encrypt(
        CiphertextBlob=blob, DestinationKeyId=other, DestinationEncryptionContext=CONTEXT)
    equal((moved["SourceKeyId"], moved["KeyId"]), (arn, other))
    opened = kms.decrypt(
        KeyId=other, CiphertextBlob=moved["CiphertextBlob"], EncryptionContext=CONTEXT)
    equal(opened["Plaintext"], b"\xa5" * 4096)


def names():
    kms = client()
    arn = new_key(kms)
    for name, code in [
        ("arn:aws:kms", "InvalidArnException"), ("arn:ows:s3:::bucket", "InvalidArnException"),
        ("1234", "NotFoundException"), (arn.replace(REGION, "mars-1"), "NotFoundException"),
        ("00000000-0000-0000-0000-000000000000", "NotFoundException"),
        ("alias/nowhere", "NotFoundException"),
    ]:
        with refused(code):
            kms.describe_key(KeyId=name)
    for change in [{"KeyUsage": "SIGN_VERIFY"}, {"Origin": "EXTERNAL"}, {"KeySpec": "RSA_2048"},
                   {"MultiRegion": True}, {"Policy": "{}"}]:
        with refused("UnsupportedOperationException"):
            kms.create_key(**change)
    new_key(kms, Origin="AWS_KMS")
    with refused("InvalidKeyUsageException"):
        kms.encrypt(KeyId=arn, Plaintext=b"x", EncryptionAlgorithm="RSAES_OAEP_SHA_1")
    with refused("InvalidGrantTokenException"):
        kms.encrypt(KeyId=arn, Plaintext=b"x", GrantTokens=["token"])
    with refused("DryRunOperationException"):
        kms.encrypt(KeyId=arn, Plaintext=b"x", DryRun=True)
    with refused("UnknownOperationException"):
        kms.list_grants(KeyId=arn)


def lists():
    kms = client("OTHER")
    wanted = [kms.describe_key(KeyId="alias/okms/default")["KeyMetadata"]["Arn"]]
    wanted += [new_key(kms, Description=str(number)) for number in range(19)]
    with refused("LimitExceededException"):
        kms.create_key()
    pages = kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 3})
    found = [key for page in pages for key in page["Keys"]]
    equal([key["KeyArn"] for key in found], wanted)
    equal([key["KeyId"] for key in found], [arn.split("/")[1] for arn in wanted])
    page = kms.list_keys(Limit=5)
    equal((page["Truncated"], len(page["Keys"])), (True, 5))
    altered = page["NextMarker"][:-2] + ("A" if page["NextMarker"][-2] != "A" else "B") + page["NextMarker"][-1]
    for marker in [altered, "nonsense", base64.b64encode(b"x" * 57).decode()]:
        with refused("InvalidMarkerException"):
            kms.list_keys(Marker=marker)
    with refused("InvalidMarkerException"):
        client().list_keys(Marker=page["NextMarker"])


def tags_and_aliases():
    kms = client()
    arn, other = new_key(kms), new_key(kms)
    kms.tag_resource(KeyId=arn, Tags=[{"TagKey": f"k{n}", "TagValue": str(n)} for n in range(9)])
    kms.tag_resource(KeyId=arn, Tags=[{"TagKey": "k1", "TagValue": "new"}])
    kms.untag_resource(KeyId=arn, TagKeys=["k2", "none"])
    pages = kms.get_paginator("list_resource_tags").paginate(
        KeyId=arn, PaginationConfig={"PageSize": 2})
    found = {tag["TagKey"]: tag["TagValue"] for page in pages for tag in page["Tags"]}
    equal(found, {f"k{n}": str(n) for n in range(9) if n != 2} | {"k1": "new"})
    for wrong in [[{"TagKey": "aws:x", "TagValue": ""}], [{"TagKey": "a", "TagValue": ""}] * 2]:
        with refused("TagException"):
            kms.tag_resource(KeyId=arn, Tags=wrong)
    name = "alias/" + arn[-12:]
    kms.create_alias(AliasName=name, TargetKeyId=arn)
    with refused("AlreadyExistsException"):
        kms.create_alias(AliasName=name, TargetKeyId=other)
    blob = kms.encrypt(KeyId=name, Plaintext=b"x")
    equal(blob["KeyId"], arn)
    kms.update_alias(AliasName=name, TargetKeyId=other)
    equal(kms.describe_key(KeyId=name)["KeyMetadata"]["Arn"], other)
    equal(kms.decrypt(CiphertextBlob=blob["CiphertextBlob"])["Plaintext"], b"x")
    aliases = [alias["AliasName"] for page in kms.get_paginator("list_aliases").paginate()
               for alias in page["Aliases"]]
    equal(name in aliases, True)
    equal([a["AliasName"] for a in kms.list_aliases(KeyId=other)["Aliases"]], [name])
    kms.delete_alias(AliasName=name)
    with refused("NotFoundException"):
        kms.encrypt(KeyId=name, Plaintext=b"x")
    with refused("NotFoundException"):
        kms.delete_alias(AliasName=name)


def rotation():
    kms = client()
    arn = new_key(kms)
    before = kms.encrypt(KeyId=arn, Plaintext=b"before")["CiphertextBlob"]
    equal(kms.get_key_rotation_status(KeyId=arn)["KeyRotationEnabled"], False)
    kms.enable_key_rotation(KeyId=arn, RotationPeriodInDays=90)
    status = kms.get_key_rotation_status(KeyId=arn)
    equal((status["KeyRotationEnabled"], status["RotationPeriodInDays"]), (True, 90))
    equal(kms.rotate_key_on_demand(KeyId=arn)["KeyId"], arn)
    after = kms.encrypt(KeyId=arn, Plaintext=b"after")["CiphertextBlob"]
    equal(kms.decrypt(CiphertextBlob=before)["Plaintext"], b"before")
    equal(kms.decrypt(CiphertextBlob=after)["Plaintext"], b"after")
    rotations = kms.list_key_rotations(KeyId=arn)["Rotations"]
    equal([(each["KeyId"], each["RotationType"]) for each in rotations], [(arn, "ON_DEMAND")])
    kms.disable_key_rotation(KeyId=arn)
    equal(kms.get_key_rotation_status(KeyId=arn)["KeyRotationEnabled"], False)


def accounts():
    mine, theirs = client(), client("OTHER")
    arn = new_key(mine)
    blob = mine.encrypt(KeyId=arn, Plaintext=b"x")["CiphertextBlob"]
    missing = arn[:-12] + "000000000000"

    def words(name):
        try:
            theirs.describe_key(KeyId=name)
        except botocore.exceptions.ClientError as error:
            return str(error).replace(name, "NAME")

    equal(words(arn), words(missing))
    equal("NotFoundException" in words(arn), True)
    with refused("NotFoundException"):
        theirs.encrypt(KeyId=arn, Plaintext=b"x")
    with refused("AccessDeniedException", "does not exist, does not exist in this region"):
        theirs.decrypt(CiphertextBlob=blob)
    sealer = client("SEALER")
    made = sealer.generate_data_key(KeyId=arn, KeySpec="AES_256", EncryptionContext=CONTEXT)
    with refused("AccessDeniedException"):
        sealer.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext=CONTEXT)
    with refused("AccessDeniedException"):
        sealer.create_key()
    opened = mine.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext=CONTEXT)
    equal(opened["Plaintext"], made["Plaintext"])


# MARK: signatures


def send(body=b"{}", target="TrentService.ListKeys", at=None, region=REGION, service="kms",
         change=lambda request: None, secret=None, token=None):
    """Signs a request as botocore does and sends it, changed; returns status and error code."""
    request = botocore.awsrequest.AWSRequest(
        "POST", URL + "/", data=body,
        headers={"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"})
    credentials = botocore.credentials.Credentials(
        os.environ["AWS_ACCESS_KEY_ID"], secret or os.environ["AWS_SECRET_ACCESS_KEY"], token)
    signer = botocore.auth.SigV4Auth(credentials, service, region)
    now = at or datetime.datetime.now(datetime.timezone.utc)
    request.context["timestamp"] = now.strftime("%Y%m%dT%H%M%SZ")
    signer._modify_request_before_signing(request)
    canonical = signer.canonical_request(request)
    signature = signer.signature(signer.string_to_sign(request, canonical), request)
    signer._inject_signature_to_request(request, signature)
    change(request)
    headers = {name: value for name, value in request.headers.items()}
    sent = urllib.request.Request(URL + "/", data=request.data, headers=headers, method="POST")
    try:
        with urllib.request.urlopen(sent, timeout=20) as answer:
            return answer.status, ""
    except urllib.error.HTTPError as error:
        text = json.loads(error.read())
        if not text["message"] or os.environ["AWS_SECRET_ACCESS_KEY"] in str(text):
            raise AssertionError(text) from error
        return error.code, text["__type"]


def signatures():
    def set_header(name, value):
        def change(request):
            del request.headers[name]
            if value is not None:
                request.headers[name] = value
        return change

    def resigned(old, new):
        def change(request):
            authorization = request.headers["Authorization"].replace(old, new)
            set_header("Authorization", authorization)(request)
        return change

    def other_body(request):
        request.data = b'{"Limit": 1}'

    now = datetime.datetime.now(datetime.timezone.utc)
    minute = datetime.timedelta(minutes=1)
    equal(send(), (200, ""))
    equal(send(at=now - 4 * minute), (200, ""))
    equal(send(at=now + 4 * minute), (200, ""))
    for wrong in [
        {"at": now - 6 * minute}, {"at": now + 6 * minute}, {"region": "mars-1"}, {"service": "s3"},
        {"change": other_body}, {"secret": "x" * 40},
        {"change": set_header("X-Amz-Target", "TrentService.DescribeKey")},
    ]:
        equal(send(**wrong), (400, "InvalidSignatureException"))
        # A right one in between: four wrong ones in a row would lock the key.
        equal(send(), (200, ""))
    for wrong, code in [
        ({"change": set_header("Authorization", None)}, "MissingAuthenticationTokenException"),
        ({"change": set_header("Authorization", "AWS4-HMAC-SHA256 x")}, "IncompleteSignatureException"),
        ({"change": set_header("Authorization", "Basic QTpC")}, "IncompleteSignatureException"),
        ({"change": set_header("X-Amz-Unsigned", "1")}, None),
        ({"change": resigned("host;", "")}, None),
        ({"token": "token"}, "UnrecognizedClientException"),
        ({"change": resigned("Credential=", "Credential=X")}, "UnrecognizedClientException"),
    ]:
        status, found = send(**wrong)
        equal(status, 400)
        if code is not None:
            equal(found, code)
        equal(found.endswith("Exception"), True)
        equal(send(), (200, ""))


def bodies():
    for body, target, code in [
        (b"", "ListKeys", "SerializationException"), (b"[]", "ListKeys", "SerializationException"),
        (b"{", "ListKeys", "SerializationException"), (b'{"Limit":"1"}', "ListKeys", "SerializationException"),
        (b'{"Limit":1,"Limit":2}', "ListKeys", "SerializationException"),
        (b'{"KeyId":"alias/okms/default","Plaintext":"not base64!"}', "Encrypt", "SerializationException"),
        (b'{"KeyId":"alias/okms/default","Plaintext":"eA==","EncryptionContext":{"a":1}}', "Encrypt", "SerializationException"),
        (b'{"KeyId":"alias/okms/default","Plaintext":"eA==","EncryptionContext":{"a":"1","a":"2"}}', "Encrypt", "SerializationException"),
        (b'{"KeyId":123}', "DescribeKey", "SerializationException"),
        (b"{}", "DescribeKey", "ValidationException"), (b"{}", "Decrypt", "ValidationException"),
        (b'{"Limit":0}', "ListKeys", "ValidationException"), (b'{"Limit":1001}', "ListKeys", "ValidationException"),
        (b"{}", "NoSuchThing", "UnknownOperationException"), (b"\xff\xfe", "ListKeys", "SerializationException"),
        (b'{"a":' * 5000, "ListKeys", "SerializationException"),
    ]:
        equal(send(body, f"TrentService.{target}"), (400, code))
    equal(send(b'{"Limit":null,"Newer":{"x":[1,2]}}'), (200, ""))
    equal(send(b"{}", "Nothing")[1], "UnknownOperationException")


# MARK: command lines


def aws_cli():
    def aws(*arguments, status=0):
        return program("aws", "kms", *arguments, "--output", "json", status=status)

    made = json.loads(aws("create-key", "--description", "cli").stdout)["KeyMetadata"]
    with tempfile.TemporaryDirectory() as folder:
        plain = pathlib.Path(folder, "plain")
        plain.write_bytes(bytes(range(256)))
        sealed = json.loads(aws(
            "encrypt", "--key-id", made["KeyId"], "--plaintext", f"fileb://{plain}",
            "--encryption-context", "dataset=orders").stdout)
        equal(sealed["KeyId"], made["Arn"])
        blob = pathlib.Path(folder, "blob")
        blob.write_bytes(base64.b64decode(sealed["CiphertextBlob"]))
        opened = json.loads(aws(
            "decrypt", "--ciphertext-blob", f"fileb://{blob}", "--encryption-context",
            "dataset=orders").stdout)
        equal(base64.b64decode(opened["Plaintext"]), bytes(range(256)))
        wrong = aws("decrypt", "--ciphertext-blob", f"fileb://{blob}", status=255)
        equal("InvalidCiphertextException" in wrong.stderr, True)
    aws("disable-key", "--key-id", made["KeyId"])
    wrong = aws("generate-data-key", "--key-id", made["KeyId"], "--key-spec", "AES_256", status=255)
    equal("DisabledException" in wrong.stderr, True)
    due = json.loads(aws(
        "schedule-key-deletion", "--key-id", made["KeyId"], "--pending-window-in-days", "7").stdout)
    equal(due["KeyState"], "PendingDeletion")
    equal(json.loads(aws("cancel-key-deletion", "--key-id", made["KeyId"]).stdout)["KeyId"], made["Arn"])
    listed = json.loads(aws("list-keys", "--page-size", "2").stdout)["Keys"]
    equal(made["KeyId"] in [key["KeyId"] for key in listed], True)


def osc_cli():
    def osc(call, *arguments, status=0):
        return program("osc-cli", "okms", call, *arguments, status=status)

    with tempfile.TemporaryDirectory() as home:
        os.environ["HOME"] = home
        config = pathlib.Path(home, ".osc", "config.json")
        config.parent.mkdir()
        config.write_text(json.dumps({"default": {
            "access_key": os.environ["AWS_ACCESS_KEY_ID"],
            "secret_key": os.environ["AWS_SECRET_ACCESS_KEY"],
            "region_name": REGION, "endpoint": URL}}))
        made = json.loads(osc("CreateKey", "--Description", "from osc-cli").stdout)["KeyMetadata"]
        equal(made["KeyState"], "Enabled")
        key = made["KeyId"]
        osc("DisableKey", "--KeyId", key)
        described = json.loads(osc("DescribeKey", "--KeyId", key).stdout)["KeyMetadata"]
        equal(described["KeyState"], "Disabled")
        osc("EnableKey", "--KeyId", key)
        sealed = json.loads(osc(
            "Encrypt", "--KeyId", key, "--Plaintext", base64.b64encode(b"hello!").decode(),
            "--EncryptionContext", '{"dataset": "orders"}').stdout)
        opened = json.loads(osc(
            "Decrypt", "--CiphertextBlob", sealed["CiphertextBlob"],
            "--EncryptionContext", '{"dataset": "orders"}').stdout)
        equal(base64.b64decode(opened["Plaintext"]), b"hello!")
        made = json.loads(osc(
            "GenerateDataKeyWithoutPlaintext", "--KeyId", key, "--KeySpec", "AES_256").stdout)
        equal(made["KeyId"].startswith("arn:ows:kms:"), True)
        due = json.loads(osc("ScheduleKeyDeletion", "--KeyId", key).stdout)
        equal(due["KeyId"].endswith(key), True)
        osc("CancelKeyDeletion", "--KeyId", key)
        wrong = subprocess.run(
            [PROGRAMS / "osc-cli", "okms", "DescribeKey", "--KeyId", "nowhere"],
            capture_output=True, text=True, timeout=60)
        equal(wrong.returncode == 0, False)
        equal("NotFoundException" in wrong.stdout + wrong.stderr, True)


SCENARIOS = {
    scenario.__name__: scenario
    for scenario in [
        life_of_a_key, deletion, data_keys, contexts, ciphertexts, names, lists, tags_and_aliases,
        rotation, accounts, signatures, bodies, aws_cli, osc_cli,
    ]
}

if __name__ == "__main__":
    try:
        SCENARIOS[sys.argv[1]]()
    except (AssertionError, botocore.exceptions.ClientError) as problem:
        traceback = problem.__traceback__
        while traceback.tb_next and traceback.tb_next.tb_frame.f_code.co_filename == __file__:
            traceback = traceback.tb_next
        sys.exit(f"line {traceback.tb_lineno}: {problem}")
