//! `onnx`.
