"""Every call of the local Kinesis Video Streams server through boto3, and what ffprobe and mkvinfo make of its media.

Needs the server's endpoint in TRUNKLINE_KVS_ENDPOINT, its keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and a
server that ends a quiet GetMedia soon (--idle-close 1). scripts/test-boto3.sh sees to all of it.
"""

import datetime
import json
import os
import shutil
import subprocess
import tempfile
import time
import unittest
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

import matroska
from producer import Producer, put

ENDPOINT = os.environ["TRUNKLINE_KVS_ENDPOINT"].rstrip("/")
REGION = "eu-central-1"
FRAGMENT_MS = 1024
COUNT = 5

session = boto3.Session(region_name=REGION)
CONFIG = Config(retries={"total_max_attempts": 1}, read_timeout=20)
# A wrong secret on purpose.
forger = boto3.Session("AKIDFORGER", "forged", region_name=REGION)


def client(service, endpoint=ENDPOINT, by=session):
    return by.client(service, endpoint_url=endpoint, config=CONFIG)


def fault(**order):
    data = json.dumps(order).encode()
    with urllib.request.urlopen(urllib.request.Request(ENDPOINT + "/_trunkline/faults", data=data)) as answer:
        return json.load(answer)["id"]


class Kvs(unittest.TestCase):
    """A stream of five fragments, once for all tests."""

    @classmethod
    def setUpClass(cls):
        cls.control = client("kinesisvideo")
        cls.name = f"boto3-{time.time_ns()}"
        cls.arn = cls.control.create_stream(
            StreamName=cls.name, DataRetentionInHours=24, MediaType="audio/L16", Tags={"stage": "dev"}
        )["StreamARN"]
        cls.start_ms = int(time.time() * 1000) // 1000 * 1000
        endpoint = cls.endpoint("PUT_MEDIA")
        media = [matroska.fragment(cls.start_ms + n * FRAGMENT_MS, n) for n in range(COUNT)]
        credentials = session.get_credentials().get_frozen_credentials()
        cls.numbers = put(endpoint, credentials, REGION, cls.name, [matroska.header()] + media)

    @classmethod
    def tearDownClass(cls):
        cls.control.delete_stream(StreamARN=cls.arn)

    @classmethod
    def endpoint(cls, api):
        return cls.control.get_data_endpoint(StreamName=cls.name, APIName=api)["DataEndpoint"]

    def refused(self, call, **arguments):
        with self.assertRaises(ClientError) as refusal:
            call(**arguments)
        return refusal.exception.response


class ControlPlane(Kvs):
    def test_a_stream_is_described_by_name_and_by_arn(self):
        by_name = self.control.describe_stream(StreamName=self.name)["StreamInfo"]
        by_arn = self.control.describe_stream(StreamARN=self.arn)["StreamInfo"]
        self.assertEqual(by_name, by_arn)
        self.assertEqual(by_name["Status"], "ACTIVE")
        self.assertEqual(by_name["DataRetentionInHours"], 24)
        self.assertEqual(by_name["MediaType"], "audio/L16")
        created = int(by_name["CreationTime"].timestamp() * 1000)
        self.assertTrue(self.arn.endswith(f"/{created}"), (self.arn, created))

    def test_streams_are_listed_in_pages(self):
        names = sorted(f"{self.name}-page-{n}" for n in range(3))
        arns = [self.control.create_stream(StreamName=name)["StreamARN"] for name in names]
        condition = {"ComparisonOperator": "BEGINS_WITH", "ComparisonValue": f"{self.name}-page-"}
        pages = self.control.get_paginator("list_streams").paginate(
            StreamNameCondition=condition, PaginationConfig={"PageSize": 2}
        )
        listed = [[one["StreamName"] for one in page["StreamInfoList"]] for page in pages]
        self.assertEqual(listed, [names[:2], names[2:]])
        for arn in arns:
            self.control.delete_stream(StreamARN=arn)

    def test_retention_and_tags_are_changed(self):
        name = f"{self.name}-change"
        arn = self.control.create_stream(StreamName=name)["StreamARN"]
        version = self.control.describe_stream(StreamName=name)["StreamInfo"]["Version"]
        change = dict(StreamName=name, Operation="INCREASE_DATA_RETENTION", DataRetentionChangeInHours=2)
        self.control.update_data_retention(CurrentVersion=version, **change)
        self.assertEqual(self.control.describe_stream(StreamName=name)["StreamInfo"]["DataRetentionInHours"], 2)
        again = self.refused(self.control.update_data_retention, CurrentVersion=version, **change)
        self.assertEqual(again["Error"]["Code"], "VersionMismatchException")
        self.control.tag_stream(StreamARN=arn, Tags={"a": "1", "b": "2"})
        self.control.untag_stream(StreamARN=arn, TagKeyList=["a"])
        self.assertEqual(self.control.list_tags_for_stream(StreamARN=arn)["Tags"], {"b": "2"})
        self.control.delete_stream(StreamARN=arn)
        gone = self.refused(self.control.describe_stream, StreamName=name)
        self.assertEqual(gone["Error"]["Code"], "ResourceNotFoundException")
        self.assertEqual(gone["ResponseMetadata"]["HTTPStatusCode"], 404)
        self.assertTrue(gone["ResponseMetadata"]["RequestId"])

    def test_a_name_is_taken_once(self):
        taken = self.refused(self.control.create_stream, StreamName=self.name)
        self.assertEqual(taken["Error"]["Code"], "ResourceInUseException")

    def test_a_foreign_signature_is_refused(self):
        by_forger = client("kinesisvideo", by=forger)
        self.assertEqual(self.refused(by_forger.list_streams)["ResponseMetadata"]["HTTPStatusCode"], 403)


class Media(Kvs):
    def setUp(self):
        # Five GetMedia calls in a second are all that a stream takes.
        time.sleep(0.25)
        self.media = client("kinesis-video-media", self.endpoint("GET_MEDIA"))

    def read(self, **selector):
        answer = self.media.get_media(StreamName=self.name, StartSelector=selector)
        return answer["Payload"].read()

    def places(self, **selector):
        return [self.place(document) for document in matroska.documents(self.read(**selector))]

    def place(self, document):
        return (document["timecode"] - self.start_ms) // FRAGMENT_MS

    def test_earliest_gives_every_fragment_whole_and_tagged(self):
        documents = matroska.documents(self.read(StartSelectorType="EARLIEST"))
        self.assertEqual([self.place(document) for document in documents], list(range(COUNT)))
        for number, document in enumerate(documents):
            expected = [
                (self.start_ms + number * FRAGMENT_MS + block * 64, track, matroska.pcm(number, block, track))
                for block in range(16) for track in (1, 2)
            ]
            self.assertEqual(document["blocks"], expected)
            names = [name for name, _ in document["tags"]]
            self.assertEqual(names, [
                "AWS_KINESISVIDEO_FRAGMENT_NUMBER", "AWS_KINESISVIDEO_SERVER_TIMESTAMP",
                "AWS_KINESISVIDEO_PRODUCER_TIMESTAMP", "ContactId", "Events",
                "AWS_KINESISVIDEO_MILLIS_BEHIND_NOW", "AWS_KINESISVIDEO_CONTINUATION_TOKEN",
            ])
            tags = dict(document["tags"])
            self.assertEqual(tags["AWS_KINESISVIDEO_FRAGMENT_NUMBER"], self.numbers[number])
            self.assertEqual(tags["AWS_KINESISVIDEO_CONTINUATION_TOKEN"], self.numbers[number])
            producer_ms = round(float(tags["AWS_KINESISVIDEO_PRODUCER_TIMESTAMP"]) * 1000)
            self.assertEqual(producer_ms, self.start_ms + number * FRAGMENT_MS)

    def test_numbers_and_tokens_begin_after_their_fragment(self):
        self.assertEqual(
            self.places(StartSelectorType="FRAGMENT_NUMBER", AfterFragmentNumber=self.numbers[1]), [2, 3, 4])
        self.assertEqual(
            self.places(StartSelectorType="CONTINUATION_TOKEN", ContinuationToken=self.numbers[3]), [4])

    def test_times_begin_at_the_fragment_that_holds_them(self):
        at = datetime.datetime.fromtimestamp(self.start_ms / 1000 + 2, datetime.timezone.utc)
        self.assertEqual(self.places(StartSelectorType="PRODUCER_TIMESTAMP", StartTimestamp=at), [1, 2, 3, 4])
        long_ago = datetime.datetime.fromtimestamp(1, datetime.timezone.utc)
        self.assertEqual(self.places(StartSelectorType="SERVER_TIMESTAMP", StartTimestamp=long_ago), [0, 1, 2, 3, 4])

    def test_now_waits_for_what_comes(self):
        self.assertEqual(self.places(StartSelectorType="NOW"), [])

    def test_a_missing_fragment_is_an_error_in_the_body(self):
        body = self.read(StartSelectorType="FRAGMENT_NUMBER", AfterFragmentNumber="123")
        tags = dict(matroska.documents(body)[0]["tags"])
        self.assertEqual(tags["AWS_KINESISVIDEO_ERROR_CODE"], "FRAGMENT_NOT_FOUND")

    def test_faults_are_met(self):
        fault(kind="kms", code=4500, stream=self.name, times=1)
        tags = dict(matroska.documents(self.read(StartSelectorType="EARLIEST"))[0]["tags"])
        self.assertEqual(tags["AWS_KINESISVIDEO_ERROR_ID"], "4500")
        fault(kind="throttle", stream=self.name, times=1)
        selector = {"StartSelectorType": "EARLIEST"}
        throttled = self.refused(self.media.get_media, StreamName=self.name, StartSelector=selector)
        self.assertEqual(throttled["Error"]["Code"], "ClientLimitExceededException")

    def test_a_live_reader_gets_a_fragment_once_it_is_complete(self):
        name = f"{self.name}-live"
        arn = self.control.create_stream(StreamName=name)["StreamARN"]
        answer = self.media.get_media(StreamName=name, StartSelector={"StartSelectorType": "NOW"})
        credentials = session.get_credentials().get_frozen_credentials()
        producer = Producer(self.endpoint("PUT_MEDIA"), credentials, REGION, name, self.start_ms)
        producer.send(matroska.header())
        producer.send(matroska.fragment(self.start_ms + 60_000, 60))
        number = producer.ack("BUFFERING")["FragmentNumber"]
        # The next cluster's beginning ends the fragment before.
        producer.send(matroska.fragment(self.start_ms + 61_024, 61)[:100])
        data = b""
        while b"CONTINUATION_TOKEN" not in data or not data.endswith(number.encode()):
            data += answer["Payload"].read(1)
        self.assertEqual(matroska.documents(data)[0]["timecode"], self.start_ms + 60_000)
        self.control.delete_stream(StreamARN=arn)
        self.assertEqual(answer["Payload"].read(), b"")
        producer.close()

    def test_ffprobe_sees_both_tracks_and_mkvinfo_prints_the_tags(self):
        ffprobe, mkvinfo = shutil.which("ffprobe"), shutil.which("mkvinfo")
        if not ffprobe and not mkvinfo:
            self.skipTest("neither ffprobe nor mkvinfo is here")
        with tempfile.NamedTemporaryFile(suffix=".mkv") as file:
            file.write(self.read(StartSelectorType="EARLIEST"))
            file.flush()
            if ffprobe:
                shown = subprocess.run(
                    [ffprobe, "-v", "quiet", "-of", "json", "-show_streams", file.name],
                    capture_output=True, check=False)
                streams = json.loads(shown.stdout)["streams"]
                self.assertEqual([one["codec_type"] for one in streams], ["audio", "audio"])
                titles = [one["tags"]["title"] for one in streams]
                self.assertEqual(titles, ["AUDIO_FROM_CUSTOMER", "AUDIO_TO_CUSTOMER"])
            if mkvinfo:
                shown = subprocess.run([mkvinfo, "-a", file.name], capture_output=True, text=True, check=False).stdout
                for text in ("A_AAC", "AWS_KINESISVIDEO_FRAGMENT_NUMBER", self.numbers[0], "ContactId",
                             "AWS_KINESISVIDEO_CONTINUATION_TOKEN"):
                    self.assertIn(text, shown)


class Archive(Kvs):
    def setUp(self):
        self.archive = client("kinesis-video-archived-media", self.endpoint("LIST_FRAGMENTS"))

    def test_fragments_are_listed_in_pages_and_read_by_number(self):
        seconds = [datetime.datetime.fromtimestamp(self.start_ms / 1000 + at, datetime.timezone.utc) for at in (-1, 60)]
        selector = {
            "FragmentSelectorType": "PRODUCER_TIMESTAMP",
            "TimestampRange": {"StartTimestamp": seconds[0], "EndTimestamp": seconds[1]},
        }
        pages = list(self.archive.get_paginator("list_fragments").paginate(
            StreamName=self.name, FragmentSelector=selector, PaginationConfig={"PageSize": 2}))
        self.assertEqual([len(page["Fragments"]) for page in pages], [2, 2, 1])
        fragments = [one for page in pages for one in page["Fragments"]]
        self.assertEqual(sorted(one["FragmentNumber"] for one in fragments), self.numbers)
        self.assertEqual({one["FragmentLengthInMilliseconds"] for one in fragments}, {FRAGMENT_MS})
        media = client("kinesis-video-archived-media", self.endpoint("GET_MEDIA_FOR_FRAGMENT_LIST"))
        body = media.get_media_for_fragment_list(StreamARN=self.arn, Fragments=self.numbers[1:3])["Payload"].read()
        documents = matroska.documents(body)
        self.assertEqual([one["timecode"] for one in documents], [self.start_ms + n * FRAGMENT_MS for n in (1, 2)])
        names = [name for name, _ in documents[0]["tags"]]
        self.assertEqual(names[:3], [
            "AWS_KINESISVIDEO_FRAGMENT_NUMBER", "AWS_KINESISVIDEO_SERVER_SIDE_TIMESTAMP",
            "AWS_KINESISVIDEO_PRODUCER_SIDE_TIMESTAMP",
        ])

    def test_a_stream_without_retention_has_no_archive(self):
        name = f"{self.name}-zero"
        arn = self.control.create_stream(StreamName=name)["StreamARN"]
        refusal = self.refused(self.archive.list_fragments, StreamName=name)
        self.assertEqual(refusal["Error"]["Code"], "InvalidArgumentException")
        self.assertIn("outside of the stream retention period", refusal["Error"]["Message"])
        self.control.delete_stream(StreamARN=arn)



if __name__ == "__main__":
    unittest.main(verbosity=2)
