#include "cli/command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "scenarios/shell_words.hpp"

namespace blkpath::cli {
namespace {
volatile std::sig_atomic_t g_interrupted = 0;

bool to_stdout(const std::string& path) { return path.empty() || path == "-"; }

std::string not_empty(const std::string& text) {
  return text.empty() ? "needs a value, an empty one is none" : "";
}

/// The first line of the examples that `--help` shows.
std::string first_example(const CLI::App& command) {
  const std::string footer = command.get_footer();
  const std::size_t begin = footer.find("  blkpath ") + 2;
  return footer.substr(begin, footer.find('\n', begin) - begin);
}

/// A command that only has commands of its own was given none of them.
std::string subcommand_error_text(const CLI::App& command, int argc, char** argv) {
  std::vector<std::string> names;
  for (const CLI::App* sub : command.get_subcommands({})) names.push_back(sub->get_name());
  const std::string list = fmt::format("{}", fmt::join(names, ", "));
  char** const end = argv + argc;
  char** const word = std::find(argv, end, command.get_name()) + 1;
  if (word >= end)
    return fmt::format("{}: needs one of {}, for example '{}'.", command.get_name(), list,
                       first_example(command));
  return fmt::format("{}: there is no '{}'.{} There are {}.", command.get_name(), *word,
                     did_you_mean(*word, names), list);
}
}  // namespace

bool interrupted() { return g_interrupted != 0; }
void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = [](int) { g_interrupted = 1; };
  action.sa_flags = static_cast<int>(SA_RESETHAND);  // a second Ctrl-C ends the program at once
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

void check_writable(const std::string& path, const std::string& option) {
  if (to_stdout(path)) return;
  const auto fail = [&](const std::string& why) {
    throw ConfigError({}, option, fmt::format("cannot write '{}': {}", path, why));
  };
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    fail("it is a folder, give a file, for example 'report.txt'");
  const bool exists = std::filesystem::exists(path, ignored);
  std::string folder = std::filesystem::path(path).parent_path().string();
  if (folder.empty()) folder = ".";
  if (access(exists ? path.c_str() : folder.c_str(), W_OK) != 0) fail(std::generic_category().message(errno));
  if (!exists && !std::filesystem::is_directory(folder, ignored))
    fail(fmt::format("'{}' is not a folder", folder));
}

void check_logs_writable(const std::vector<JobSpec>& jobs) {
  for (const JobSpec& job : jobs) {
    if (!job.write_lat_log.empty()) check_writable(job.write_lat_log + "_lat.1.log", "write_lat_log");
    if (!job.write_bw_log.empty()) check_writable(job.write_bw_log + "_bw.1.log", "write_bw_log");
    if (!job.write_iops_log.empty()) check_writable(job.write_iops_log + "_iops.1.log", "write_iops_log");
  }
}

void write_text(const std::string& path, const std::string& text) {
  if (to_stdout(path)) {
    errno = 0;
    const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
    if (written && std::fflush(stdout) == 0) return;
    if (errno == EPIPE) throw OutputClosed("standard output is closed");
    throw std::system_error(errno, std::generic_category(), "standard output");
  }
  errno = 0;
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.close();
  if (!out) throw std::system_error(errno, std::generic_category(), path);
}

void ScenarioArgs::add_to(CLI::App& command) {
  command.add_option("SCENARIO", scenario, "scenario file (YAML)")->required();
  command
      .add_option("--set", overrides.sets,
                  "override one key, e.g. --set disk.cache=writeback, or one option of the fio job, e.g. "
                  "--set job.bs=4k; "
                  "may be repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  auto* job = command.add_option("--job", overrides.job_file, "fio job file instead of the scenario's")
                  ->type_name("FILE")
                  ->check(not_empty);
  auto* line =
      command.add_option("--fio", fio_line, "fio command line instead of the scenario's job, in quotes")
          ->type_name("LINE")
          ->check(not_empty)
          ->excludes(job);
  command
      .add_option("--trace", overrides.trace_file,
                  "trace to replay instead of the scenario's job; with --set trace.mode=closed and the like")
      ->type_name("FILE")
      ->check(not_empty)
      ->excludes(job)
      ->excludes(line);
  command
      .add_option("--runtime", overrides.runtime,
                  "how long every job runs, in fio's syntax, e.g. 2s; as --set job.runtime=")
      ->type_name("TIME")
      ->check(not_empty);
  auto* qemu =
      command
          .add_option(
              "--qemu", overrides.qemu,
              "QEMU command line, or its -drive / -blockdev + -device part, instead of the scenario's disk")
          ->type_name("LINE")
          ->check(not_empty);
  command.add_option("--disk", overrides.which_disk, "which disk of the QEMU line: id, node-name or file")
      ->type_name("NAME")
      ->check(not_empty)
      ->needs(qemu);
  command.add_option("--seed", seed, "random seed instead of the scenario's")
      ->type_name("N")
      ->check(not_empty);
}

std::uint64_t parse_seed(const std::string& text) {
  std::uint64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc{} || end != text.data() + text.size())
    throw ConfigError({}, "--seed",
                      fmt::format("'{}' is not a whole number from 0 up, for example '1'", text));
  return n;
}

Scenario ScenarioArgs::load() {
  if (!fio_line.empty()) overrides.fio_args = shell_words(fio_line, Place{});
  if (!seed.empty()) overrides.seed = parse_seed(seed);
  return load_scenario(scenario, overrides);
}

std::string parse_error_text(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
  std::vector<std::string> commands;
  for (const CLI::App* sub : app.get_subcommands({})) commands.push_back(sub->get_name());
  const auto chosen = app.get_subcommands();
  if (chosen.empty()) {
    for (int i = 1; i < argc; ++i)
      if (argv[i][0] != '-')
        return fmt::format("there is no command '{}'.{} The commands are {}.", argv[i],
                           did_you_mean(argv[i], commands), fmt::join(commands, ", "));
    if (argc > 1)
      return fmt::format("'{}' is no option of blkpath itself; options stand after a command, one of {}.",
                         argv[1], fmt::join(commands, ", "));
    return fmt::format(
        "a command is missing, one of {}. For example 'blkpath run "
        "scenarios/qemu-aio-2008/bare-randwrite.yaml'; 'blkpath --help' tells more.",
        fmt::join(commands, ", "));
  }
  const CLI::App* deepest = chosen.front();
  std::string full_name = deepest->get_name();
  for (; !deepest->get_subcommands().empty(); full_name += " " + deepest->get_name())
    deepest = deepest->get_subcommands().front();
  const CLI::App& command = *deepest;
  const std::string help = fmt::format(" 'blkpath {} --help' shows examples.", full_name);
  if (!command.get_subcommands({}).empty()) return subcommand_error_text(command, argc, argv) + help;
  if (dynamic_cast<const CLI::RequiredError*>(&error)) {
    if (full_name == "validate")
      return "validate: needs a case, for example 'blkpath validate validate/cases/qemu-aio-2008'." + help;
    if (full_name == "run" || full_name == "graph")
      return fmt::format(
          "{0}: needs a scenario file, for example 'blkpath {0} "
          "scenarios/qemu-aio-2008/bare-randwrite.yaml'.{1}",
          full_name, help);
    return fmt::format("{}: {}, for example '{}'.{}", full_name, error.what(), first_example(command), help);
  }
  std::string hint;
  if (dynamic_cast<const CLI::ExtrasError*>(&error)) {
    std::vector<std::string> options;
    for (const CLI::Option* option : command.get_options())
      for (const std::string& name : option->get_lnames()) options.push_back("--" + name);
    for (int i = 1; i < argc && hint.empty(); ++i) {
      const std::string word(argv[i],
                             std::string_view(argv[i]).substr(0, std::string_view(argv[i]).find('=')).size());
      if (word.starts_with("--") && std::find(options.begin(), options.end(), word) == options.end())
        hint = did_you_mean(word, options);
    }
  }
  return fmt::format("{}: {}.{}{}", full_name, error.what(), hint, help);
}

}  // namespace blkpath::cli
