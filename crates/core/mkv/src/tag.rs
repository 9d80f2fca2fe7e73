//! Names of the tags that KVS and Connect write.

/// The fragment's number: 47 decimal digits. On error tags: the fragment that could not be read.
pub const FRAGMENT_NUMBER: &str = "AWS_KINESISVIDEO_FRAGMENT_NUMBER";
/// When the service took the fragment: seconds since the epoch with milliseconds.
pub const SERVER_TIMESTAMP: &str = "AWS_KINESISVIDEO_SERVER_TIMESTAMP";
/// The fragment's time by its producer: seconds with milliseconds, since the epoch or since the producer's start.
pub const PRODUCER_TIMESTAMP: &str = "AWS_KINESISVIDEO_PRODUCER_TIMESTAMP";
/// How far the reader is behind the newest fragment.
pub const MILLIS_BEHIND_NOW: &str = "AWS_KINESISVIDEO_MILLIS_BEHIND_NOW";
/// Where a later `GetMedia` may go on. The last thing of a fragment.
pub const CONTINUATION_TOKEN: &str = "AWS_KINESISVIDEO_CONTINUATION_TOKEN";
/// An error after HTTP 200, by name or number.
pub const ERROR_CODE: &str = "AWS_KINESISVIDEO_ERROR_CODE";
/// The error's number.
pub const ERROR_ID: &str = "AWS_KINESISVIDEO_ERROR_ID";
/// [`SERVER_TIMESTAMP`] as `GetMediaForFragmentList` names it.
pub const SERVER_SIDE_TIMESTAMP: &str = "AWS_KINESISVIDEO_SERVER_SIDE_TIMESTAMP";
/// [`PRODUCER_TIMESTAMP`] as `GetMediaForFragmentList` names it.
pub const PRODUCER_SIDE_TIMESTAMP: &str = "AWS_KINESISVIDEO_PRODUCER_SIDE_TIMESTAMP";
/// [`ERROR_CODE`] as `GetMediaForFragmentList` names it.
pub const EXCEPTION_ERROR_CODE: &str = "AWS_KINESISVIDEO_EXCEPTION_ERROR_CODE";
/// What went wrong, as `GetMediaForFragmentList` says it.
pub const EXCEPTION_MESSAGE: &str = "AWS_KINESISVIDEO_EXCEPTION_MESSAGE";
/// Connect's contact whose audio the fragment holds.
pub const CONTACT_ID: &str = "ContactId";
/// What all names of the service begin with; producers may not use it.
pub const SERVICE_PREFIX: &str = "AWS";
