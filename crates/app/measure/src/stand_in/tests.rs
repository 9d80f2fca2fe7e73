use deepgram::{ApiKey, DeepgramConfig, DeepgramTranscriber};
use model::{CallId, Channel, MediaTime, TenantId};
use ports::{SpeechResult, Transcriber as _, TranscriptionRequest};

use super::*;

fn der(pem: &str) -> Vec<u8> {
    use tokio_rustls::rustls::pki_types::{CertificateDer, pem::PemObject as _};
    CertificateDer::from_pem_slice(pem.as_bytes()).unwrap().to_vec()
}

/// Eight stretches of silence and a half, as a call gives them.
async fn heard() -> Vec<SpeechResult> {
    use futures_util::StreamExt as _;
    let stand_in = StandIn::start(StandInOptions::default()).await.unwrap();
    let config = DeepgramConfig {
        endpoint: stand_in.url.clone(),
        extra_roots: vec![der(&stand_in.certificate)],
        ..DeepgramConfig::new(ApiKey::new("bench"))
    };
    let recogniser = DeepgramTranscriber::new(config).unwrap();
    let mut stream = recogniser.open(request()).await.unwrap();
    let samples = vec![0; 8_192];
    for n in 0..8_u64 {
        for channel in Channel::ALL {
            stream.audio.push(channel, MediaTime::from_samples(n * 8_192, 8_000), &samples);
        }
    }
    for channel in Channel::ALL {
        stream.audio.push(channel, MediaTime::from_samples(8 * 8_192, 8_000), &samples[..4_096]);
    }
    stream.audio.finish();
    stream.results.map(Result::unwrap).collect().await
}

fn request() -> TranscriptionRequest {
    TranscriptionRequest::new(TenantId::new("acme").unwrap(), CallId::new("call-1").unwrap(), 8_000)
}

#[tokio::test]
async fn the_deepgram_client_hears_two_utterances_of_each_channel() {
    let heard = heard().await;
    for wanted in Channel::ALL {
        let mut finals = Vec::new();
        for result in &heard {
            if let SpeechResult::Final { channel, end, words, .. } = result
                && *channel == wanted
            {
                finals.push((*end, words.len()));
            }
        }
        assert_eq!(finals, [(MediaTime::from_millis(4_096), 12), (MediaTime::from_millis(8_192), 12)]);
    }
}
