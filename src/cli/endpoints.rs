//! `endpoints`: the catalogue of a Matomo.

use super::screen::println;

use super::args::EndpointsArgs;
use super::exit::ExitCode;
use super::start::Wants;
use crate::failure::Failure;

/// Prints every endpoint with its kind and other names.
pub async fn run(args: &EndpointsArgs) -> Result<ExitCode, Failure> {
    let environment = super::start::start(&args.target, Wants::default()).await?;
    for (name, endpoint) in environment.catalogue.own_endpoints() {
        let kind = format!("{:?}", endpoint.kind).to_lowercase();
        println!("{name}\t{kind}\t{}", endpoint.aliases.join(" "));
    }
    Ok(ExitCode::Conformant)
}
