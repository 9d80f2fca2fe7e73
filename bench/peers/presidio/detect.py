"""Presidio's pattern recognisers over texts: JSON lines {"id", "text"} in, {"id", "spans"} out.

A blank spaCy pipeline gives tokens and lemmas for the context words; there is no model, so people and places are not
looked for. The last line tells the version and how long detection took, without the start of Python.
"""

import json
import logging
import sys
import time
from importlib.metadata import version

import spacy
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer import predefined_recognizers as recognisers
from presidio_analyzer.nlp_engine import SpacyNlpEngine

# The least score that counts; Presidio's own default of 0 lets through driver licences at 0.01.
THRESHOLD = 0.35

# Country packs that are off by default and whose numbers the corpus holds.
PACKS = [
    recognisers.AbaRoutingRecognizer,
    recognisers.CaSinRecognizer,
    recognisers.InAadhaarRecognizer,
    recognisers.InPanRecognizer,
    recognisers.NhsRecognizer,
    recognisers.UkNinoRecognizer,
    recognisers.UkPostcodeRecognizer,
]

# Presidio's names, as this platform calls the kinds.
KINDS = {
    "CREDIT_CARD": "card",
    "US_SSN": "ssn",
    "US_ITIN": "ssn",
    "PHONE_NUMBER": "phone",
    "EMAIL_ADDRESS": "email",
    "IBAN_CODE": "iban",
    "IP_ADDRESS": "ip_address",
    "MAC_ADDRESS": "ip_address",
    "URL": "url",
    "US_BANK_NUMBER": "bank_account",
    "ABA_ROUTING_NUMBER": "routing_number",
    "US_PASSPORT": "passport",
    "US_DRIVER_LICENSE": "driver_licence",
    "UK_NHS": "health_id",
    "US_MBI": "health_id",
    "MEDICAL_LICENSE": "health_id",
    "UK_NINO": "government_id",
    "CA_SIN": "government_id",
    "IN_AADHAAR": "government_id",
    "IN_PAN": "tax_id",
    "UK_POSTCODE": "postcode",
    "DATE_TIME": "date",
}


class BlankSpacy(SpacyNlpEngine):
    """An engine that needs no download."""

    def __init__(self):
        super().__init__()
        self.nlp = {"en": spacy.blank("en")}


def engine():
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    present = {type(one) for one in registry.recognizers}
    for pack in PACKS:
        if pack not in present:
            registry.add_recognizer(pack(supported_language="en"))
    return AnalyzerEngine(registry=registry, nlp_engine=BlankSpacy(), supported_languages=["en"])


def main():
    logging.disable(logging.CRITICAL)
    analyzer = engine()
    analyzer.analyze(text="warm up 4111 1111 1111 1111 at a@b.com", language="en", score_threshold=THRESHOLD)
    seconds = 0.0
    for line in sys.stdin:
        document = json.loads(line)
        start = time.process_time()
        found = analyzer.analyze(text=document["text"], language="en", score_threshold=THRESHOLD)
        seconds += time.process_time() - start
        # Where several kinds claim a place, the surest is what it is called.
        found.sort(key=lambda one: -one.score)
        spans = [[one.start, one.end, KINDS.get(one.entity_type, "number")] for one in found]
        print(json.dumps({"id": document["id"], "spans": spans}))
    print(json.dumps({"seconds": seconds, "version": version("presidio-analyzer")}))


if __name__ == "__main__":
    main()
