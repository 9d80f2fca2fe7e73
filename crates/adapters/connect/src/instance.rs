//! One Connect instance.

use std::{fmt, str::FromStr};

use thiserror::Error;

/// The ARN of a Connect instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceArn {
    text: String,
    region: String,
    id: String,
    /// Of addresses in this partition.
    suffix: &'static str,
}

/// A text that is no instance's ARN.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "{0:?} is no ARN of a Connect instance, such as arn:aws:connect:us-east-1:111122223333:instance/1a2b3c4d-…"
)]
pub struct InvalidInstance(String);

/// How an instance stores live media.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MediaStorage {
    /// What its streams' names begin with; none when it streams no media.
    pub prefix: Option<String>,
    /// How long they keep media.
    pub retention_hours: u32,
    /// The key that they are encrypted with.
    pub key: Option<String>,
}

impl InstanceArn {
    /// Its region.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Where the service of its region is.
    pub(crate) fn endpoint(&self) -> String {
        format!("https://connect.{}.{}", self.region, self.suffix)
    }
}

impl fmt::Display for InstanceArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for InstanceArn {
    type Err = InvalidInstance;

    fn from_str(text: &str) -> Result<Self, InvalidInstance> {
        let invalid = || InvalidInstance(text.chars().take(200).collect());
        let parts: Vec<&str> = text.split(':').collect();
        let ["arn", partition, "connect", region, _account, resource] = parts.as_slice() else {
            return Err(invalid());
        };
        // They become parts of an address.
        let plain =
            |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let id =
            resource.strip_prefix("instance/").filter(|id| plain(id) && plain(region)).ok_or_else(invalid)?;
        let suffix = if *partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
        Ok(Self { text: text.to_owned(), region: (*region).to_owned(), id: id.to_owned(), suffix })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_tells_region_instance_and_where_to_ask() {
        let arn: InstanceArn = "arn:aws:connect:eu-west-2:111122223333:instance/1a2b-3c".parse().unwrap();
        assert_eq!((arn.region(), arn.id()), ("eu-west-2", "1a2b-3c"));
        assert_eq!(arn.endpoint(), "https://connect.eu-west-2.amazonaws.com");
        let china: InstanceArn = "arn:aws-cn:connect:cn-north-1:1:instance/x".parse().unwrap();
        assert!(china.endpoint().ends_with(".com.cn"));
    }

    #[test]
    fn what_could_lead_elsewhere_is_no_arn() {
        for text in [
            "",
            "arn:aws:connect:us-east-1:1:instance/",
            "arn:aws:connect:us-east-1:1:instance/../x",
            "arn:aws:connect:a.evil/x:1:instance/x",
            "arn:aws:connect:us-east-1:1:instance/x/queue/y",
            "arn:aws:s3:us-east-1:1:instance/x",
        ] {
            assert!(text.parse::<InstanceArn>().is_err(), "{text}");
        }
    }
}
