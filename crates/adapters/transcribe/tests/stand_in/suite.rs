use ports::testing::transcriber_suite;

use crate::support::{server, speech, transcriber};

#[tokio::test]
async fn the_adapter_keeps_the_contract_of_recognisers() {
    let server = server().await;
    let customer = speech(&["my card number is four one one one", "yes"]);
    let to_customer = speech(&["hello how can i help you today"]);
    transcriber_suite(async || transcriber(&server), [&customer, &to_customer]).await;
}
