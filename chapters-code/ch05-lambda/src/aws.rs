//! The way to the services of AWS.

use std::{env, fs};

use anyhow::{Context, Result};
use aws_config::SdkConfig;
use aws_config::environment::{
    EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider,
};
use aws_sdk_dynamodb::config::SharedHttpClient;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use ch03_platform::table;

/// Who vouches for the services of AWS: <https://www.amazontrust.com/repository/>
const AMAZON: &[u8] = include_bytes!("amazon.pem");

// ANCHOR: connect
/// The services that the environment names. It calls nobody yet.
///
/// Lambda puts the region and the credentials into the environment. All others who might
/// have some are not even prepared to be asked, which takes longer than to find these.
///
/// # Errors
///
/// Those of [`http`].
pub async fn connect() -> Result<SdkConfig> {
    Ok(connect_by(http()?).await)
}

/// The same, called in this way.
pub async fn connect_by(http: SharedHttpClient) -> SdkConfig {
    let config = table::config()
        .http_client(http)
        .region(EnvironmentVariableRegionProvider::new())
        .credentials_provider(EnvironmentVariableCredentialsProvider::new());
    config.load().await
}

/// How they are called.
///
/// Of all who vouch for servers of the internet it believes Amazon alone, or those in
/// the file that `AWS_CA_BUNDLE` names: to read the certificates of a whole system takes
/// longer than all else that a function does before its first event.
///
/// # Errors
///
/// When that file cannot be read.
pub fn http() -> Result<SharedHttpClient> {
    let certificates = match env::var_os("AWS_CA_BUNDLE") {
        Some(file) => {
            fs::read(&file).with_context(|| format!("AWS_CA_BUNDLE={}", file.display()))?
        }
        None => AMAZON.to_vec(),
    };
    let trust = TrustStore::empty().with_pem_certificate(certificates);
    Ok(Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(TlsContext::builder().with_trust_store(trust).build()?)
        .build_https())
}
// ANCHOR_END: connect
