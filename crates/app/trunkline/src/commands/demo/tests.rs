//! The demo's client, against a whole server.

use super::*;
use crate::synthetic::SyntheticTranscriber;

const SECOND: usize = call::SAMPLE_RATE_HZ as usize;

async fn server(folder: &Path) -> Node {
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let mut config = Config::default();
    config.storage.folder = folder.to_owned();
    (config.server.listen, config.kvs.listen, config.kvs.keep_on_disk) = (any, any, false);
    let addresses = Addresses::take(&config).await.unwrap();
    let pool = recognisers::pool(vec![recognition::Tier::new(Arc::new(SyntheticTranscriber))]).unwrap();
    Node::start(&config, addresses, Ok(pool), None).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_used_again_adds_nothing_of_before() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let server = server(folder.path()).await;
        let call = Call::new("short", vec![0; SECOND], vec![0; SECOND]);
        let (placed, heard) = play(&server, vec![call], true).await.unwrap();
        let placed: Vec<_> =
            placed.iter().map(|call| call.as_ref().unwrap().call_id.clone().unwrap()).collect();
        assert_eq!(heard.calls.into_keys().collect::<Vec<_>>(), placed);
        server.stop().await;
    }
}
