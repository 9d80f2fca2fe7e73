//! Exported flows.

use std::{fs::File, io::Read, path::Path};

use config::Config;
use doctor::{
    Finding, checks,
    flow::{self, Attribute, Flow, MAX_FLOW_BYTES, Rules},
};

use super::Scope;

pub(super) async fn look(scope: &Scope) -> Vec<Finding> {
    let paths = scope.flows.clone();
    let reading = tokio::task::spawn_blocking(move || {
        let (mut flows, mut out) = (Vec::new(), Vec::new());
        for path in paths {
            match read(&path) {
                Ok(flow) => flows.push(flow),
                Err(finding) => out.push(finding),
            }
        }
        (flows, out)
    });
    let (flows, mut out) = reading.await.unwrap_or_default();
    out.extend(flow::examine(&flows, &rules(&scope.config, scope.lambda.clone())));
    out
}

fn read(path: &Path) -> Result<Flow, Finding> {
    let file = path.display().to_string();
    let mut bytes = Vec::new();
    let most = MAX_FLOW_BYTES as u64 + 1;
    let read = File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes));
    if let Err(error) = read {
        let finding = checks::FLOW_READABLE.error(format!("it cannot be read: {error}"));
        return Err(finding.about(file).fix("Correct the path, or let this user read the file."));
    }
    Flow::read(&file, &bytes).map_err(|error| flow::unreadable(&file, &error))
}

/// A call without a tenant's attribute goes to the default tenant: that is wrong where there are several.
fn rules(config: &Config, lambda: Option<String>) -> Rules {
    let attribute = |name: &String, needed| Attribute { name: name.clone(), needed };
    let names = &config.attributes;
    let many = config.tenants.len() > 1;
    let attributes = vec![
        attribute(&names.tenant, many),
        attribute(&names.profile, false),
        attribute(&names.session, false),
    ];
    Rules { lambda, attributes }
}
