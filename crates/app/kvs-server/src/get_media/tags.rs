//! The service's own tags, and the documents that carry its errors.

use std::time::Duration;

use bytes::Bytes;
use mkv::{
    id, tag,
    write::{self, Width},
};
use model::{FragmentNumber, Timestamp};

use crate::{
    put_media::kms_name,
    store::{Content, FragmentInfo},
};

/// `FRAGMENT_NOT_FOUND`, as readers of gone fragments see it on the real service.
pub(crate) const FRAGMENT_NOT_FOUND: u16 = 3000;

/// A fragment's beginning as `GetMedia` sends it: its document's head and the service's tags.
pub(crate) fn head_with_tags(content: &Content, info: &FragmentInfo) -> Bytes {
    let (server, producer) = (seconds(info.server), seconds(info.producer));
    let tags = write::service_tags(info.number.as_str(), &server, &producer);
    after_head(content, &tags)
}

/// A fragment's end as `GetMedia` sends it.
pub(crate) fn closing_tags(number: &FragmentNumber, behind: Duration) -> Bytes {
    let behind = behind.as_millis().to_string();
    let mut out = Vec::with_capacity(256);
    let tags = [(tag::MILLIS_BEHIND_NOW, behind.as_str()), (tag::CONTINUATION_TOKEN, number.as_str())];
    write::tags(&mut out, Width::Four, &tags);
    Bytes::from(out)
}

/// An error in the body of `GetMedia`: a document of its own, readable wherever the body stands.
pub(crate) fn error(id: u16, fragment: Option<&FragmentNumber>) -> Bytes {
    let number = id.to_string();
    let mut tags = vec![(tag::ERROR_CODE, error_name(id)), (tag::ERROR_ID, number.as_str())];
    tags.extend(fragment.map(|fragment| (tag::FRAGMENT_NUMBER, fragment.as_str())));
    document_of(&tags)
}

/// A fragment as `GetMediaForFragmentList` sends it.
pub(crate) fn archive_content(content: Content, info: &FragmentInfo) -> [Bytes; 4] {
    let (server, producer) = (seconds(info.server), seconds(info.producer));
    let tags = [
        (tag::FRAGMENT_NUMBER, info.number.as_str()),
        (tag::SERVER_SIDE_TIMESTAMP, server.as_str()),
        (tag::PRODUCER_SIDE_TIMESTAMP, producer.as_str()),
    ];
    [after_head(&content, &tags), content.tags_before, content.cluster, content.tags_after]
}

/// An error in the body of `GetMediaForFragmentList`.
pub(crate) fn archive_error(id: u16, message: &str, fragment: &FragmentNumber) -> Bytes {
    let number = id.to_string();
    document_of(&[
        (tag::FRAGMENT_NUMBER, fragment.as_str()),
        (tag::EXCEPTION_ERROR_CODE, number.as_str()),
        (tag::EXCEPTION_MESSAGE, message),
    ])
}

fn after_head(content: &Content, tags: &[(&str, &str)]) -> Bytes {
    let mut out = Vec::with_capacity(content.head.len() + 512);
    out.extend_from_slice(&content.head);
    write::tags(&mut out, Width::Four, tags);
    Bytes::from(out)
}

fn document_of(tags: &[(&str, &str)]) -> Bytes {
    let mut out = Vec::with_capacity(512);
    write::document_header(&mut out);
    write::unknown_size(&mut out, id::SEGMENT);
    write::tags(&mut out, Width::Four, tags);
    Bytes::from(out)
}

const fn error_name(id: u16) -> &'static str {
    match id {
        3000 | 4000 => "FRAGMENT_NOT_FOUND",
        3002 => "STREAM_WRITE_ERROR",
        4500..=4506 => kms_name(id),
        _ => "INTERNAL_ERROR",
    }
}

/// A time as the service's tags have it: seconds with milliseconds.
fn seconds(at: Timestamp) -> String {
    let ms = at.as_millis();
    format!("{}.{:03}", ms.div_euclid(1_000), ms.rem_euclid(1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_seconds_with_three_digits() {
        assert_eq!(seconds(Timestamp::from_millis(1_726_677_687_758)), "1726677687.758");
        assert_eq!(seconds(Timestamp::from_millis(1_109_909_003)), "1109909.003");
    }
}
