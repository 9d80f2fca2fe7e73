//! `trunkline erase`.

use std::{io::Read as _, process::ExitCode};

use anyhow::Context;
use housekeeping::{Erasure, Wanted};
use lifecycle::{Certificate, Keep};
use model::{CallId, ContactId, Pii};

use super::kept_calls::{KeptCalls, asker, failed};
use crate::{failure::Failure, output::line};

/// The most that is read of a number from the standard input.
const MAX_NUMBER_BYTES: u64 = 256;

/// Erase a call, a contact or a customer everywhere, and certify it
///
/// Removes what is kept of their calls: log, transcript, recording, waveform, reports, and what is known of the contact. A
/// call that goes on and one under a legal hold are kept, and named. The certificate says what was removed, what was kept
/// and why, and what may be left where Trunkline cannot reach it, such as raw audio in a video stream until its retention
/// ends; it is signed with the installation's key and kept among the blobs. A server may run meanwhile.
///
/// Exit code 0 when nothing was kept of what was asked for, else 1.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    wanted: WantedArgs,
    /// Who asks for it, for the certificate and the audit log [default: the user's name]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Remove nothing; say what would be
    #[arg(long)]
    dry_run: bool,
    /// Print the signed certificate as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    kept: KeptCalls,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct WantedArgs {
    /// All calls of the customer with this number, with + and country; - reads it from the standard input, so that it is
    /// in no history of commands
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    customer: Option<String>,
    /// All calls of the customer with this id, as the flow names it in trunkline_customer
    #[arg(long, value_name = "ID")]
    customer_id: Option<String>,
    /// All calls of a contact
    #[arg(long, value_name = "CONTACT")]
    contact: Option<ContactId>,
    /// One call
    #[arg(long, value_name = "CALL")]
    call: Option<CallId>,
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    let wanted = args.wanted.read()?;
    let by = asker(args.by);
    let open = args.kept.open().await?;
    let erasing = open.housekeeper.erase(&open.tenant, &wanted, &by, args.dry_run);
    let erasure = Box::pin(erasing).await.map_err(failed)?;
    if args.json {
        line(&serde_json::to_string_pretty(&erasure.signed).context("the certificate")?)?;
    } else {
        print(&erasure)?;
    }
    let complete = erasure.signed.certificate.complete;
    Ok(if complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl WantedArgs {
    fn read(self) -> Result<Wanted, Failure> {
        if let Some(call) = self.call {
            return Ok(Wanted::Call(call));
        }
        if let Some(contact) = self.contact {
            return Ok(Wanted::Contact(contact));
        }
        if let Some(id) = self.customer_id {
            return Ok(Wanted::CustomerId(Pii::new(id)));
        }
        let mut number = self.customer.unwrap_or_default();
        if number == "-" {
            number.clear();
            let read = std::io::stdin().take(MAX_NUMBER_BYTES).read_to_string(&mut number);
            read.context("the number cannot be read from the standard input").map_err(Failure::input)?;
        }
        Ok(Wanted::Number(Pii::new(number.trim().to_owned())))
    }
}

fn print(erasure: &Erasure) -> Result<(), Failure> {
    let certificate = &erasure.signed.certificate;
    let would = if erasure.blob.is_some() { "" } else { "would be " };
    line(&format!("{}: {} calls {would}erased", certificate.subject.name(), certificate.erased.len()))?;
    for call in &certificate.erased {
        let blobs =
            if erasure.blob.is_some() { format!(", {} blobs", call.blobs.len()) } else { String::new() };
        line(&format!("  {}  {} events{blobs}", call.call_id, call.events))?;
    }
    print_kept(certificate)?;
    for remaining in &certificate.remaining {
        line(&format!("  may be left: {}; {}", remaining.what, remaining.then))?;
    }
    match (&erasure.blob, &erasure.signed.signature) {
        (None, _) => Ok(()),
        (Some(blob), Some(signature)) => {
            line(&format!("certificate: {blob}, signed with {}", signature.key_id))
        }
        (Some(blob), None) => line(&format!("certificate: {blob}, NOT SIGNED: keys.signing is not set")),
    }
}

fn print_kept(certificate: &Certificate) -> Result<(), Failure> {
    for kept in &certificate.kept {
        let why = match kept.why {
            Keep::LegalHold => "a legal hold keeps it",
            Keep::Live => "it goes on: erase it when it is over",
            Keep::Failed => "removing it failed: erase it again",
        };
        line(&format!("  {}  KEPT: {why}", kept.call_id))?;
    }
    Ok(())
}
