#include <fmt/format.h>

#include <csignal>
#include <exception>

#include "cli/command.hpp"
#include "scenarios/report.hpp"

/// Exit status: 0 done, 1 a comparison is outside its tolerance or a run failed, 2 wrong input, 130
/// interrupted, 141 nobody reads standard output any more.
int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a write says so instead
  CLI::App app{
      "blkpath predicts what a guest disk will do: discrete-event models of the path from the guest to the "
      "platter.\n"};
  app.footer(
      "Examples:\n"
      "  blkpath run scenarios/qemu-aio-2008/kvm-none-linux-aio-randwrite.yaml\n"
      "  blkpath validate validate/cases/qemu-aio-2008\n"
      "  blkpath models disk\n"
      "`blkpath COMMAND --help` shows each command's options and examples.");
  app.set_version_flag("--version", std::string("blkpath ") + blkpath::kVersion);
  app.require_subcommand(1);
  int status = 0;
  blkpath::cli::add_run(app, status);
  blkpath::cli::add_validate(app, status);
  blkpath::cli::add_graph(app, status);
  blkpath::cli::add_models(app, status);
  blkpath::cli::add_trace(app, status);
  blkpath::cli::add_replay(app, status);
  blkpath::cli::add_import(app, status);
  blkpath::cli::add_calibrate(app, status);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app.exit(e);  // --help, --version
    fmt::print(stderr, "blkpath: {}\n", blkpath::cli::parse_error_text(app, e, argc, argv));
    return 2;
  } catch (const blkpath::ConfigError& e) {
    fmt::print(stderr, "blkpath: {}\n", e.what());
    return 2;
  } catch (const blkpath::cli::OutputClosed&) {
    return 141;  // as if SIGPIPE had ended it
  } catch (const std::exception& e) {
    fmt::print(stderr, "blkpath: {}\n", e.what());
    return 1;
  }
  return status;
}
