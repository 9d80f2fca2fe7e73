//! What a tenant's role has to trust.

use config::Tenant;

/// How to mend a role that does not let us in. The external id itself is not shown: it is the tenant's secret.
pub(super) fn trust(principal: Option<&str>, tenant: &Tenant) -> String {
    let principal = principal.unwrap_or("our principal's ARN");
    let condition = if tenant.external_id.is_some() {
        r#","Condition":{"StringEquals":{"sts:ExternalId":"the external_id of the configuration"}}"#
    } else {
        ""
    };
    format!(
        "Give the role the trust policy {{\"Effect\":\"Allow\",\"Principal\":{{\"AWS\":\"{principal}\"}},\"Action\":\"sts:AssumeRole\"{condition}}}, compare the external id letter by letter on both sides, and allow {principal} sts:AssumeRole on the role."
    )
}

#[cfg(test)]
mod tests {
    use config::Secret;

    use super::*;

    #[test]
    fn the_trust_policy_is_told_without_the_external_id() {
        let tenant = Tenant { external_id: Some(Secret::new("hush".to_owned())), ..Tenant::default() };
        let text = trust(Some("arn:aws:iam::1:role/us"), &tenant);
        assert!(
            text.contains("trust policy") && text.contains("sts:ExternalId") && !text.contains("hush"),
            "{text}"
        );
        assert!(text.contains(r#""AWS":"arn:aws:iam::1:role/us""#), "{text}");
        assert!(!trust(None, &Tenant::default()).contains("ExternalId"));
    }
}
