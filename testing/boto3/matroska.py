"""Just enough Matroska to produce what Amazon Connect's producer sends, and to read what GetMedia gives."""

TAGS, TAG, SIMPLE_TAG, TAG_NAME, TAG_STRING = 0x1254C367, 0x7373, 0x67C8, 0x45A3, 0x4487
EBML, SEGMENT, CLUSTER, TIMECODE, SIMPLE_BLOCK = 0x1A45DFA3, 0x18538067, 0x1F43B675, 0xE7, 0xA3
UNKNOWN = None


def _id(number):
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def element(number, body):
    return _id(number) + (len(body) | 1 << 56).to_bytes(8, "big") + body


def unknown_size(number):
    return _id(number) + b"\xff"


def uint(number, value, length):
    return element(number, value.to_bytes(length, "big"))


def header():
    """A producer's beginning: two tracks of PCM that claim to be AAC."""
    ebml = [
        uint(0x4286, 1, 1), uint(0x42F7, 1, 1), uint(0x42F2, 4, 1), uint(0x42F3, 8, 1),
        element(0x4282, b"matroska"), uint(0x4287, 2, 1), uint(0x4285, 2, 1),
    ]
    info = [
        element(0x73A4, bytes(range(16))), uint(0x2AD7B1, 1_000_000, 8), element(0x7BA9, b"Kinesis Video SDK"),
        element(0x4D80, b"Kinesis Video SDK 1.1.0 JNI 2.0"), element(0x5741, b"Kinesis Video SDK 1.1.0 JNI 2.0"),
    ]
    tracks = [
        element(0xAE, b"".join([
            uint(0xD7, number, 1), uint(0x73C5, number, 8), uint(0x83, 2, 1), element(0x536E, name),
            element(0x86, b"A_AAC"), element(0x63A2, b"\x11\x90"),
        ]))
        for number, name in ((1, b"AUDIO_FROM_CUSTOMER"), (2, b"AUDIO_TO_CUSTOMER"))
    ]
    return (
        element(EBML, b"".join(ebml)) + unknown_size(SEGMENT)
        + element(0x1549A966, b"".join(info)) + element(0x1654AE6B, b"".join(tracks))
    )


def pcm(fragment, block, track):
    return bytes((fragment * 31 + block * 7 + track * 3 + at) % 251 for at in range(1024))


def fragment(timecode_ms, number):
    """One second of both tracks, then the producer's tags, one element each."""
    out = [unknown_size(CLUSTER), uint(TIMECODE, timecode_ms, 8), uint(0xA7, 0, 1)]
    for block in range(16):
        for track in (1, 2):
            head = bytes([0x80 | track]) + (block * 64).to_bytes(2, "big", signed=True) + b"\x80"
            out.append(element(SIMPLE_BLOCK, head + pcm(number, block, track)))
    out += [tag("ContactId", "contact-1"), tag("Events", "[]")]
    return b"".join(out)


def tag(name, value):
    simple = element(TAG_NAME, name.encode()) + element(TAG_STRING, value.encode())
    return element(TAGS, element(TAG, element(SIMPLE_TAG, simple)))


def _read(data, at):
    """The id, the size and where the body begins."""
    length = 9 - data[at].bit_length()
    number = int.from_bytes(data[at:at + length], "big")
    at += length
    length = 9 - data[at].bit_length()
    size = int.from_bytes(data[at:at + length], "big") & ((1 << 7 * length) - 1)
    size = UNKNOWN if size == (1 << 7 * length) - 1 else size
    return number, size, at + length


def documents(data):
    """Each document's tags as (name, value), and its blocks as (timecode, track, payload)."""
    found, at = [], 0
    while at < len(data):
        number, size, body = _read(data, at)
        if number == EBML:
            found.append({"tags": [], "blocks": [], "timecode": None})
        document = found[-1]
        if number in (SEGMENT, CLUSTER) and size is UNKNOWN:
            at = body
            continue
        at = body + size
        if number == TIMECODE:
            document["timecode"] = int.from_bytes(data[body:at], "big")
        elif number == SIMPLE_BLOCK:
            offset = int.from_bytes(data[body + 1:body + 3], "big", signed=True)
            document["blocks"].append((document["timecode"] + offset, data[body] & 0x7F, data[body + 4:at]))
        elif number == TAGS:
            document["tags"] += _tags(data[body:at])
    return found


def _tags(data):
    found, at, name = [], 0, None
    while at < len(data):
        number, size, body = _read(data, at)
        at = body + size
        if number in (TAG, SIMPLE_TAG):
            found += _tags(data[body:at])
        elif number == TAG_NAME:
            name = data[body:at].decode()
        elif number == TAG_STRING:
            found.append((name, data[body:at].decode()))
    return found
