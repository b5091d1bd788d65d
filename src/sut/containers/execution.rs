//! Programs that are run inside of a container.

use std::time::Duration;

use futures::StreamExt as _;
use testcontainers::bollard::errors::Error;
use testcontainers::bollard::exec::{CreateExecOptions, StartExecOptions, StartExecResults};

use super::container::Container;
use super::engine::Engine;
use crate::failure::Failure;

/// A program to be run inside, by paths as they are there.
#[derive(Clone, Debug, Default)]
pub struct Execution {
    /// Name, for messages.
    pub name: String,
    /// Program and arguments.
    pub command: Vec<String>,
    /// Environment.
    pub environment: Vec<(String, String)>,
    /// File for standard output and error.
    pub log: String,
    /// File for standard input.
    pub input: Option<String>,
    /// User; the container's own where there is none.
    pub user: Option<String>,
    /// Working directory.
    pub folder: String,
}

impl Execution {
    fn options(&self) -> CreateExecOptions<String> {
        // The shell connects the files, passes everything on as it is, and goes.
        let script = r#"log=$1 input=$2; shift 2; exec "$@" >"$log" 2>&1 <"$input""#;
        let input = self.input.clone().unwrap_or_else(|| "/dev/null".to_owned());
        let shell = ["sh", "-c", script, "sh", &self.log, &input].map(str::to_owned);
        CreateExecOptions {
            cmd: Some(shell.into_iter().chain(self.command.iter().cloned()).collect()),
            env: Some(self.environment.iter().map(|(key, value)| format!("{key}={value}")).collect()),
            user: self.user.clone(),
            working_dir: Some(self.folder.clone()),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            ..CreateExecOptions::default()
        }
    }
}

impl Engine {
    /// Runs a program to its end and gives its exit code with what the shell itself said, which is why it could not be started.
    pub async fn run(&self, container: &Container, execution: &Execution, limit: Duration) -> Result<(i64, String), Failure> {
        let running = async {
            let id = self.docker.create_exec(&container.id, execution.options()).await?.id;
            let mut said = String::new();
            if let StartExecResults::Attached { mut output, .. } = self.docker.start_exec(&id, None::<StartExecOptions>).await? {
                while let Some(line) = output.next().await {
                    said.push_str(&line?.to_string());
                }
            }
            Ok::<_, Error>((self.docker.inspect_exec(&id).await?.exit_code.unwrap_or(-1), said))
        };
        match tokio::time::timeout(limit, running).await {
            Ok(Ok(ended)) => Ok(ended),
            Ok(Err(error)) => {
                Err(Failure::environment(format!("{} could not be run in the {} container: {error}", execution.name, container.role))
                    .log_text(container.role, &self.last_words(&container.id).await))
            }
            Err(_) => Err(Failure::environment(format!("{} did not end within {} s", execution.name, limit.as_secs()))
                .hint("raise --start-limit on a slow machine")),
        }
    }

    /// Starts a program that goes on running, and gives the id it can be asked after by.
    pub async fn begin(&self, container: &Container, execution: &Execution) -> Result<String, Failure> {
        let mut options = execution.options();
        options.attach_stdout = None;
        options.attach_stderr = None;
        let begun = async {
            let id = self.docker.create_exec(&container.id, options).await?.id;
            self.docker.start_exec(&id, Some(StartExecOptions { detach: true, ..StartExecOptions::default() })).await?;
            Ok::<_, Error>(id)
        };
        begun.await.map_err(|error| {
            Failure::environment(format!("{} could not be started in the {} container: {error}", execution.name, container.role))
        })
    }

    /// How a program that was begun has ended, or `None` while it runs.
    pub async fn execution_ended(&self, id: &str) -> Option<i64> {
        let found = self.docker.inspect_exec(id).await.ok()?;
        (found.running == Some(false)).then(|| found.exit_code.unwrap_or(-1))
    }
}
