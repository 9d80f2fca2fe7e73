"""PutMedia, which boto3 lacks: http.client, chunked in both directions, signed by botocore over an empty body."""

import http.client
import json
import time
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest


class Producer:
    """One PutMedia connection."""

    def __init__(self, endpoint, credentials, region, stream, start_ms):
        address = urlsplit(endpoint)
        headers = {
            "Host": address.netloc,
            "x-amzn-stream-name": stream,
            "x-amzn-fragment-timecode-type": "ABSOLUTE",
            "x-amzn-producer-start-timestamp": f"{start_ms / 1000:.3f}",
            "x-amzn-fragment-acknowledgment-required": "1",
        }
        request = AWSRequest("POST", endpoint + "/putMedia", headers=headers, data=b"")
        SigV4Auth(credentials, "kinesisvideo", region).add_auth(request)
        self.connection = http.client.HTTPConnection(address.hostname, address.port, timeout=20)
        self.connection.putrequest("POST", "/putMedia", skip_host=True, skip_accept_encoding=True)
        for name, value in request.headers.items():
            self.connection.putheader(name, value)
        self.connection.putheader("Transfer-Encoding", "chunked")
        self.connection.endheaders()
        # http.client gives its socket away with the response, but the request's body is still to come.
        self.socket = self.connection.sock
        self.response = self.connection.getresponse()
        self.status = self.response.status

    def send(self, data):
        self.socket.sendall(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def ack(self, kind):
        """The next acknowledgement of this kind."""
        while True:
            line = self.response.readline()
            if not line:
                raise AssertionError(f"the server ended before {kind}")
            acknowledgement = json.loads(line)
            if acknowledgement["EventType"] == kind:
                return acknowledgement

    def finish(self):
        """Ends the stream and gives what was left to acknowledge."""
        self.socket.sendall(b"0\r\n\r\n")
        rest = [json.loads(line) for line in self.response.read().splitlines() if line]
        self.connection.close()
        return rest

    def close(self):
        """Goes away without a word."""
        self.connection.close()
        self.socket.close()


def put(endpoint, credentials, region, stream, fragments):
    """Puts whole fragments as (timecode, bytes), after `header`; gives the fragment numbers."""
    header, numbers = fragments[0], []
    producer = Producer(endpoint, credentials, region, stream, int(time.time() * 1000))
    assert producer.status == 200, producer.response.read()
    producer.send(header)
    for data in fragments[1:]:
        producer.send(data)
        numbers.append(producer.ack("BUFFERING")["FragmentNumber"])
    kinds = [one["EventType"] for one in producer.finish()]
    assert kinds[-2:] == ["RECEIVED", "PERSISTED"], kinds
    return numbers
