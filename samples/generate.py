#!/usr/bin/env python3
"""Makes the sample calls: NAME.flac (8 kHz stereo, left = what the customer says, right = what the customer hears)
and NAME.json (who says what and when, true from the synthesis).

    python3 -m venv venv && venv/bin/pip install -r requirements.txt
    venv/bin/python generate.py                      # needs the programs flite and ffmpeg

The scripts below are ours. Nothing in them is anybody's: card numbers are the networks' test numbers, the social
security number is of the block that is never issued, telephone numbers are 555-01xx.
"""
import json
import os
import subprocess
import sys
import tempfile
import wave

import numpy as np

RATE = 8_000
HERE = os.path.dirname(os.path.abspath(__file__))
CUSTOMER, TO_CUSTOMER = "customer", "to_customer"
SPEECH_RMS = 2_300          # about -23 dBFS while someone speaks, as a telephone line delivers it
LINE_NOISE_RMS = 4          # a line is never digitally silent
BREATH_S = 0.34             # between groups of digits

VOICES = {
    "heart": "Hibari 0.2.1, voice heart (Apache-2.0)",
    "rms": "flite 2.2, voice rms (CMU, BSD-like)",
    "slt": "flite 2.2, voice slt (CMU, BSD-like)",
}


class Sensitive:
    """Groups of digits, spoken in breaths, that must never be seen or heard afterwards."""

    def __init__(self, kind, digits, *groups):
        self.kind, self.digits, self.groups = kind, digits, groups


class Say:
    """One turn. `gap` is the silence after the turn before it, in seconds; negative talks over its end."""

    def __init__(self, who, *parts, gap=0.6):
        self.who, self.parts, self.gap = who, parts, gap


class Mark:
    """An event of the contact, `gap` seconds after the turn before it."""

    def __init__(self, kind, gap=0.2):
        self.kind, self.gap = kind, gap


class Music:
    """Hold music in what the customer hears; the next turns go on `gap` seconds after it began."""

    def __init__(self, seconds, gap):
        self.seconds, self.gap = seconds, gap


class Call:
    def __init__(self, name, title, queue, agent, customer_number, customer, agent_voice, script):
        self.name, self.title, self.queue, self.agent = name, title, queue, agent
        self.customer_number, self.script = customer_number, script
        self.voice = {"customer": customer, "agent": agent_voice, "system": "slt"}


CALLS = [
    Call(
        "card-payment", "A customer pays a bill by card", "Billing",
        {"name": "Daniel Brooks", "id": "5f0c7c1e-3f0e-4b8e-9a55-0d4f7a2b9c01"}, "+12065550134", "heart", "rms",
        [
            Say("system", "Welcome to Harbor Electric. Please wait for the next agent.", gap=0.7),
            Mark("agent_connected", gap=0.9),
            Say("agent", "Hello, this is Daniel with billing. How can I help you today?", gap=1.5),
            Say("customer", "Hi Daniel. I would like to pay my balance of eighty four dollars and fifty cents."),
            Say("agent", "Sure. Please read me the card number."),
            Say("customer", "Okay, it is", Sensitive("card", "4111111111111111",
                "four one one one,", "one one one one,", "one one one one,", "one one one one.")),
            Say("agent", "All right. What is the expiration date?"),
            Say("customer", "The expiration date is", Sensitive("card_expiry", "0928", "zero nine, twenty eight.")),
            Say("agent", "And the security code on the back?"),
            Say("customer", "The code is", Sensitive("cvv", "317", "three one seven.")),
            Say("agent", "Perfect. Your payment went through, and you will get a receipt by email."),
            Say("customer", "Great, that was quick. Thank you so much."),
            Mark("agent_disconnected", gap=0.7),
            Mark("disconnected", gap=0.1),
        ],
    ),
    Call(
        "late-order", "A late order: an interruption, a phone number, a hold", "Orders",
        {"name": "Maria Ortiz", "id": "5f0c7c1e-3f0e-4b8e-9a55-0d4f7a2b9c02"}, "+13125550177", "rms", "heart",
        [
            Mark("agent_connected", gap=0.4),
            Say("agent", "Thanks for calling Northside Outfitters, this is Maria. How may I help you?", gap=0.9),
            Say("customer", "Hello. I ordered a winter jacket two weeks ago, and it still has not arrived."),
            Say("agent", "I am very sorry to hear that. Let me look up your order right away."),
            Say("customer", "Wait, before you do that, I moved last month.", gap=-1.1),
            Say("agent", "Thank you for telling me. What is the phone number on the account?"),
            Say("customer", "The number is", Sensitive("phone", "2065550142",
                "two zero six,", "five five five,", "zero one four two.")),
            Say("agent", "Thank you. I will put you on a short hold while I call the warehouse."),
            Mark("hold_started", gap=0.4),
            Music(8.0, gap=3.0),
            Say("customer", "I really do not have all day for this.", gap=0.0),
            Mark("hold_ended", gap=None),
            Say("agent", "Thanks for holding. Your jacket left the warehouse this morning, "
                "and it should arrive on Thursday before five o'clock."),
            Say("customer", "Okay, that works for me. Thank you for your help."),
            Say("agent", "You are welcome. Have a great day."),
            Mark("agent_disconnected", gap=0.6),
            Mark("disconnected", gap=0.1),
        ],
    ),
    Call(
        "account-check", "A member proves who she is and asks for a balance", "Member Services",
        {"name": "Sam Whitfield", "id": "5f0c7c1e-3f0e-4b8e-9a55-0d4f7a2b9c03"}, "+14155550119", "heart", "rms",
        [
            Say("system", "You have reached Lakeside Bank. This call may be recorded.", gap=0.6),
            Mark("agent_connected", gap=0.8),
            Say("agent", "Good morning, this is Sam. May I have your social security number, please?", gap=1.2),
            Say("customer", "Yes, my social is", Sensitive("ssn", "987654321",
                "nine eight seven,", "six five,", "four three two one.")),
            Say("agent", "I have found your account. What would you like to know?"),
            Say("customer", "How much money do I have in my checking account?"),
            Say("agent", "You have one thousand two hundred and forty dollars in checking."),
            Say("customer", "Wonderful. That is all I needed. Have a nice afternoon."),
            Mark("agent_disconnected", gap=0.6),
            Mark("disconnected", gap=0.1),
        ],
    ),
]


def resample(samples, rate):
    """To 8 kHz through a windowed-sinc low-pass at 3.5 kHz."""
    taps, cut = 255, 3_500 / rate
    n = np.arange(taps) - (taps - 1) / 2
    kernel = np.sinc(2 * cut * n) * np.blackman(taps)
    kernel /= kernel.sum()
    low = np.convolve(samples, kernel, mode="same")
    at = np.arange(int(len(low) * RATE / rate)) * (rate / RATE)
    return np.interp(at, np.arange(len(low)), low)


def band(samples):
    """Takes out what a telephone does not carry below 200 Hz."""
    taps = 511
    n = np.arange(taps) - (taps - 1) / 2
    low = 2 * (200 / RATE) * np.sinc(2 * (200 / RATE) * n) * np.blackman(taps)
    low /= low.sum()
    kernel = -low
    kernel[(taps - 1) // 2] += 1
    return np.convolve(samples, kernel, mode="same")


def trimmed(samples):
    """Without the silence before and after the words, so that a turn's times are its words' times."""
    loud = np.flatnonzero(np.abs(samples) > 0.02 * np.abs(samples).max())
    margin = RATE // 50
    return samples[max(0, loud[0] - margin):loud[-1] + margin]


def levelled(samples):
    speech = samples[np.abs(samples) > 0.05 * np.abs(samples).max()]
    samples = samples * (SPEECH_RMS / np.sqrt(np.mean(speech**2)))
    return np.clip(samples, -24_000, 24_000)


class Synthesizer:
    def __init__(self):
        from hibari import Hibari
        self.hibari = Hibari()

    def say(self, voice, text):
        if voice == "heart":
            raw, rate = self.hibari(text, speed=0.95, seed=7), self.hibari.sample_rate
        else:
            raw, rate = self.flite(voice, text)
        return levelled(trimmed(band(resample(np.asarray(raw, dtype=np.float64), rate))))

    @staticmethod
    def flite(voice, text):
        with tempfile.NamedTemporaryFile(suffix=".wav") as out:
            subprocess.run(["flite", "-voice", voice, "--setf", "duration_stretch=1.05", "-t", text, "-o", out.name],
                           check=True)
            with wave.open(out.name) as wav:
                return np.frombuffer(wav.readframes(wav.getnframes()), dtype="<i2"), wav.getframerate()


def music(seconds):
    """A slow arpeggio of our own, two decaying partials per note."""
    out = np.zeros(int(seconds * RATE))
    chords = [(262, 330, 392, 523), (220, 262, 330, 440), (175, 220, 262, 349), (196, 247, 294, 392)]
    step = 0.25
    for i in range(int(seconds / step)):
        pitch = chords[(i // 8) % len(chords)][i % 4]
        t = np.arange(int(0.9 * RATE)) / RATE
        note = np.exp(-3.5 * t) * np.minimum(1, t / 0.008) * (
            np.sin(2 * np.pi * pitch * t) + 0.35 * np.sin(4 * np.pi * pitch * t))
        start = int(i * step * RATE)
        end = min(len(out), start + len(note))
        out[start:end] += note[:end - start]
    fade = RATE // 4
    out[-fade:] *= np.linspace(1, 0, fade)
    return out * (2_600 / np.abs(out).max())


def ms(sample):
    return round(sample * 1_000 / RATE)


class Mixer:
    """Places clips on the two channels and remembers where."""

    def __init__(self, call, synthesizer):
        self.call, self.synthesizer = call, synthesizer
        self.clips, self.script, self.events, self.sensitive = [], [], [], []
        self.cursor, self.music_end = 0, 0

    def run(self):
        for item in self.call.script:
            if isinstance(item, Say):
                self.say(item)
            elif isinstance(item, Music):
                self.clips.append((TO_CUSTOMER, self.cursor, music(item.seconds)))
                self.music_end = self.cursor + int(item.seconds * RATE)
                self.cursor += int(item.gap * RATE)
            elif item.gap is None:
                self.cursor = max(self.cursor, self.music_end)
                self.mark(item)
            else:
                self.cursor += int(item.gap * RATE)
                self.mark(item)

    def mark(self, item):
        self.events.append({"at_ms": ms(self.cursor), "type": item.kind})

    def say(self, item):
        channel = CUSTOMER if item.who == "customer" else TO_CUSTOMER
        voice = self.call.voice[item.who]
        start = at = max(0, self.cursor + int(item.gap * RATE))
        words = []
        for part in item.parts:
            if isinstance(part, Sensitive):
                at += int(0.2 * RATE)
                first = at
                for group in part.groups:
                    clip = self.synthesizer.say(voice, group)
                    self.clips.append((channel, at, clip))
                    at += len(clip) + int(BREATH_S * RATE)
                    words.append(group)
                at -= int(BREATH_S * RATE)
                self.sensitive.append({"channel": channel, "start_ms": ms(first), "end_ms": ms(at),
                                       "kind": part.kind, "digits": part.digits})
            else:
                clip = self.synthesizer.say(voice, part)
                self.clips.append((channel, at, clip))
                at += len(clip)
                words.append(part)
        self.script.append({"channel": channel, "start_ms": ms(start), "end_ms": ms(at),
                            "text": " ".join(words), "participant": item.who})
        self.cursor = at

    def channels(self):
        length = self.cursor + int(0.3 * RATE)
        noise = np.random.default_rng(8_000)
        out = {c: noise.normal(0, LINE_NOISE_RMS, length) for c in (CUSTOMER, TO_CUSTOMER)}
        for channel, at, clip in self.clips:
            end = min(length, at + len(clip))
            out[channel][at:end] += clip[:end - at]
        return [np.clip(np.round(out[c]), -32_768, 32_767).astype("<i2") for c in (CUSTOMER, TO_CUSTOMER)]


def write_flac(path, channels):
    stereo = np.stack(channels, axis=1).tobytes()
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-f", "s16le", "-ar", str(RATE), "-ac", "2", "-i", "-", "-map_metadata", "-1",
         "-fflags", "+bitexact", "-flags:a", "+bitexact", "-compression_level", "12", path], input=stereo, check=True)


def main():
    wanted = set(sys.argv[1:])
    synthesizer = Synthesizer()
    for call in CALLS:
        if wanted and call.name not in wanted:
            continue
        mixer = Mixer(call, synthesizer)
        mixer.run()
        channels = mixer.channels()
        write_flac(os.path.join(HERE, f"{call.name}.flac"), channels)
        facts = {
            "name": call.name, "title": call.title, "licence": "CC0-1.0",
            "voices": {who: VOICES[v] for who, v in call.voice.items()},
            "queue": call.queue, "agent": call.agent, "customer_number": call.customer_number,
            "duration_ms": ms(len(channels[0])),
            "script": sorted(mixer.script, key=lambda line: line["start_ms"]),
            "events": mixer.events, "sensitive": mixer.sensitive,
        }
        with open(os.path.join(HERE, f"{call.name}.json"), "w", encoding="utf-8") as out:
            json.dump(facts, out, indent=1, ensure_ascii=False)
            out.write("\n")
        words = sum(len(line["text"].split()) for line in mixer.script)
        print(f"{call.name}: {len(channels[0]) / RATE:.1f} s, {words} words, {len(mixer.sensitive)} sensitive")


if __name__ == "__main__":
    main()
