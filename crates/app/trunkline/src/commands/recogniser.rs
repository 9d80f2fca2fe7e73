//! Opens the local recogniser for a command.

use std::path::PathBuf;
use std::sync::Arc;

use config::Recognition;
use onnx::{ModelFolder, OnnxTranscriber, TranscriberOptions};

use crate::{embedded::Recogniser, failure::Failure};

/// What a server recognises with, or why it has nothing: calls are then carried without words.
pub(crate) async fn for_server(settings: &Recognition) -> Recogniser {
    if !settings.enabled {
        return Err("recognition is switched off: recognition.enabled is false".to_owned());
    }
    let options = TranscriberOptions { threads: settings.threads, ..TranscriberOptions::default() };
    match open(settings.models.clone(), options).await {
        Ok(transcriber) => Ok(Arc::new(transcriber)),
        Err(failure) => Err(failure.to_string()),
    }
}

/// Loads the models off the async runtime.
pub(crate) async fn open(
    models: Option<PathBuf>,
    options: TranscriberOptions,
) -> Result<OnnxTranscriber, Failure> {
    let opening =
        tokio::task::spawn_blocking(move || OnnxTranscriber::open(&ModelFolder::find(models), &options));
    Ok(opening.await.map_err(anyhow::Error::from)?.map_err(anyhow::Error::from)?)
}
