//! What Amazon Connect and AWS say of an account and its instances, for whoever checks a deployment.
//!
//! Two questions are asked: who we are ([`AwsAccount::identity`], STS `GetCallerIdentity`), and how an instance stores
//! live media ([`AwsAccount::media_storage`], Connect's `ListInstanceStorageConfigs`). The second is one signed request
//! of our own: Connect's client has hundreds of operations and would be the largest crate of the program.
//!
//! **Least privilege.** `GetCallerIdentity` needs nothing. The other is asked with the tenant's role, where it has one,
//! which then needs `connect:ListInstanceStorageConfigs` on `arn:<partition>:connect:<region>:<account>:instance/<id>`.
//! Without it a deployment works all the same; only this check does not.
//!
//! It must not change anything, and must not log credentials or a role's external id.

mod error;
mod instance;
mod wire;

pub use error::ConnectError;
pub use instance::{InstanceArn, InvalidInstance, MediaStorage};
pub use wire::{AssumedRole, AwsAccount, Identity, SdkConfig};
