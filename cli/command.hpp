/// One subcommand of `blkpath`: adds itself to the parser; its callback runs after parsing.
#pragma once
#include <CLI/CLI.hpp>
#include <stdexcept>
#include <string>

#include "scenarios/scenario.hpp"

namespace blkpath::cli {

void add_run(CLI::App& app, int& status);
void add_validate(CLI::App& app, int& status);
void add_models(CLI::App& app, int& status);
void add_graph(CLI::App& app, int& status);
void add_trace(CLI::App& app, int& status);
void add_replay(CLI::App& app, int& status);
void add_import(CLI::App& app, int& status);
void add_calibrate(CLI::App& app, int& status);

/// SCENARIO, --set, --job, --fio, --trace, --runtime, --qemu, --disk, --seed: what every command that reads a
/// scenario takes.
struct ScenarioArgs {
  std::string scenario;
  std::string fio_line, seed;
  Overrides overrides;

  void add_to(CLI::App& command);
  Scenario load();
};

/// @throws ConfigError
std::uint64_t parse_seed(const std::string& text);

/// Set by Ctrl-C; long work looks at it and ends early.
bool interrupted();
void catch_interrupts();

/// Whoever read standard output has gone, as in `blkpath run ... | head`: nothing is left to do.
struct OutputClosed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Looks before a long run whether a report can be written to `path`; touches nothing.
/// @throws ConfigError
void check_writable(const std::string& path, const std::string& option);

/// The same for the fio logs that a job writes at its end. @throws ConfigError
void check_logs_writable(const std::vector<JobSpec>& jobs);

/// Writes text to a file, or to standard output when the name is empty or "-".
/// @throws std::system_error, OutputClosed
void write_text(const std::string& path, const std::string& text);

/// What to say about wrong arguments: what is wrong, what a good line looks like, and the nearest known word.
std::string parse_error_text(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv);

}  // namespace blkpath::cli
