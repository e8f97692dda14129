#include "aio/replay.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "cli/command.hpp"
#include "cli/replay_report.hpp"
#include "scenarios/config_tree.hpp"
#include "scenarios/fio_json.hpp"
#include "scenarios/fio_logs.hpp"
#include "scenarios/fio_text.hpp"
#include "scenarios/shell_words.hpp"
#include "scenarios/trace_config.hpp"
#include "scenarios/trace_source.hpp"

namespace blkpath::cli {
namespace {

struct ReplayArgs {
  std::string job, fio_line, trace, runtime, report, seed;
  std::vector<std::string> sets;
  std::string mode, speed, max_inflight, iodepth;
  std::string format = "normal";
  bool buffered = false, force = false, quiet = false;
  ReplayOptions options;
};

/// The short forms of --set trace.KEY=VALUE, and the rest of --set.
FioOverrides split_sets(const ReplayArgs& args, Config& trace) {
  FioOverrides overrides;
  trace.kind = Config::Kind::map;
  const auto set = [&](const std::string& key, const std::string& value) {
    if (!value.empty()) apply_set(trace, key + "=" + value);
  };
  set("mode", args.mode);
  set("speed", args.speed);
  set("max_inflight", args.max_inflight);
  set("iodepth", args.iodepth);
  if (args.buffered) set("direct", "false");
  for (const std::string& text : args.sets) {
    const std::size_t equals = text.find('=');
    if (text.starts_with("job.") && equals != std::string::npos)
      overrides.emplace_back(text.substr(4, equals - 4), text.substr(equals + 1));
    else if (text.starts_with("trace.") && equals != std::string::npos)
      apply_set(trace, text.substr(6));
    else
      throw ConfigError({}, "--set",
                        fmt::format("'{}' is neither job.OPTION=VALUE nor trace.KEY=VALUE, for example "
                                    "'--set job.iodepth=8'",
                                    text));
  }
  if (!args.runtime.empty()) overrides.emplace_back("runtime", args.runtime);
  if (args.trace.empty()) {
    if (!args.iodepth.empty()) overrides.emplace_back("iodepth", args.iodepth);
    if (args.buffered) overrides.emplace_back("direct", "0");
    for (const auto& [option, value] :
         {std::pair{"--mode", &args.mode}, {"--speed", &args.speed}, {"--max-inflight", &args.max_inflight}})
      if (!value->empty()) throw ConfigError({}, option, "goes with a trace, for example '--trace web.csv'");
  }
  return overrides;
}

FioJobs load_jobs(const ReplayArgs& args) {
  Config trace;
  const FioOverrides overrides = split_sets(args, trace);
  if (!args.trace.empty()) return read_trace(&trace, args.trace, overrides);
  if (!args.fio_line.empty()) return parse_fio_args(shell_words(args.fio_line, Place{}), overrides);
  if (!args.job.empty()) return read_fio_file(args.job, overrides);
  throw ConfigError({}, "replay",
                    "of what? A fio job file, --fio LINE or --trace FILE, for example "
                    "'blkpath replay my.fio --file /tmp/replay.img'");
}

void show(const ReplayProgress& p, Time& last) {
  if (p.filled.n > 0) {
    if (p.filled.n % (64 << 20) == 0) fmt::print(stderr, "\rfilling the file: {} MiB   ", p.filled.n >> 20);
    return;
  }
  if (p.elapsed - last < 200ms) return;
  last = p.elapsed;
  fmt::print(stderr, "\r{:.1f} s, {} I/Os, {:.0f} per second   ", seconds(p.elapsed), p.ios,
             static_cast<double>(p.ios) / std::max(seconds(p.elapsed), 1e-9));
}

void run(ReplayArgs& args, int& status) {
  const FioJobs jobs = load_jobs(args);
  ReplayOptions& options = args.options;
  if (!args.seed.empty()) options.seed = parse_seed(args.seed);
  check_writable(args.report, "--report");
  check_logs_writable(jobs.jobs);
  if (!options.output.empty()) {
    check_writable(options.output, "--output");
    if (!args.force && std::filesystem::exists(options.output))
      throw ConfigError(
          {}, "--output",
          fmt::format("'{}' exists; say --force to replace it, or give another name", options.output));
  }
  catch_interrupts();
  const bool on_terminal = isatty(STDERR_FILENO) != 0 && !args.quiet;
  Time last{0};
  const ReplayOutcome outcome =
      replay(jobs.jobs, options, open_request_source, [&](const ReplayProgress& progress) {
        if (on_terminal) show(progress, last);
        return !interrupted();
      });
  if (on_terminal) fmt::print(stderr, "\r{:79}\r", "");
  const FioReport report = fio_report(outcome, jobs.global_options);
  std::string text;
  if (args.format == "normal") {
    text = fio_normal(report) + replay_text(outcome, options);
    for (const std::string& note : jobs.not_modelled) text += "note: " + note + "\n";
  } else {
    nlohmann::ordered_json document = fio_json(report, args.format == "json+");
    document["blkpath"] = replay_json(outcome, options);
    for (const std::string& note : jobs.not_modelled) document["blkpath"]["notes"].push_back(note);
    text = fio_json_text(document);
  }
  write_text(args.report, text);
  write_fio_logs(report);
  bool bad = false;
  for (const ReplayTrouble& t : outcome.troubles) bad = bad || t.failed > 0 || t.bad_units > 0;
  status = outcome.interrupted ? 130 : bad ? 1 : 0;
}

}  // namespace

void add_replay(CLI::App& app, int& status) {
  auto* command =
      app.add_subcommand("replay", "Real I/O on a file or device through a real AIO driver, recorded");
  command->footer(
      "Examples:\n"
      "  blkpath replay my.fio --file /tmp/replay.img --driver linux-aio -o run.trace\n"
      "  blkpath replay --fio '--name=x --rw=randread --bs=4k --iodepth=32 --direct=1 --ioengine=libaio \\\n"
      "      --size=1g --runtime=10 --time_based' --file /tmp/replay.img\n"
      "  blkpath replay --trace web.csv --speed 2x --max-inflight 64 --file /tmp/replay.img --set "
      "trace.remap=wrap\n"
      "  blkpath replay my.fio --file /dev/sdx --allow-write --verify      # overwrites the device\n"
      "A file that does not exist is created with the jobs' size and filled. An existing file or a device is "
      "written\n"
      "to with --allow-write only, and a device that is mounted never. Exit status: 0 done, 1 an I/O failed "
      "or did\n"
      "not verify, 2 wrong input, 130 interrupted.");
  auto args = std::make_shared<ReplayArgs>();
  ReplayOptions& o = args->options;
  auto* job = command->add_option("JOB", args->job, "fio job file");
  auto* line =
      command->add_option("--fio", args->fio_line, "fio command line instead of a job file, in quotes")
          ->type_name("LINE")
          ->excludes(job);
  command
      ->add_option("--trace", args->trace,
                   "trace to replay instead of a job; any format of 'blkpath trace formats'")
      ->type_name("FILE")
      ->excludes(job)
      ->excludes(line);
  command->add_option("--file", o.file, "file or device instead of the job's filename")->type_name("PATH");
  command
      ->add_option("--driver", o.driver,
                   "sync, threads, posix-aio, linux-aio, io_uring; else as the job's ioengine")
      ->type_name("NAME");
  command
      ->add_option("-o,--output", o.output, "record every I/O here; .csv and .gz, .xz, .zst, .bz2 as named")
      ->type_name("TRACE");
  command->add_option("--output-trace-format", o.format, "format of the trace instead of the name's")
      ->type_name("F");
  command->add_flag("--force", args->force, "replace an existing TRACE");
  command
      ->add_option("--set", args->sets,
                   "job.OPTION=VALUE in fio's syntax, or trace.KEY=VALUE as in a scenario")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command->add_option("--runtime", args->runtime, "in fio's syntax, e.g. 10s")->type_name("TIME");
  command->add_option("--iodepth", args->iodepth, "I/Os in flight")->type_name("N");
  command->add_flag("--buffered", args->buffered, "through the page cache, as direct=0");
  command->add_option("--mode", args->mode, "a trace's pace: open, closed or dependent")->type_name("MODE");
  command->add_option("--speed", args->speed, "a trace's time stamps are divided by this, e.g. 2x")
      ->type_name("Nx");
  command->add_option("--max-inflight", args->max_inflight, "open: at most this many; the rest is late")
      ->type_name("N");
  command->add_flag("--align", o.align,
                    "widen a trace's I/Os to the blocks that O_DIRECT can do, and count them");
  command->add_flag("--allow-write", o.allow_write, "write to an existing file or a device");
  command->add_flag("--allow-blocking", o.allow_blocking,
                    "linux-aio without O_DIRECT, which blocks in io_submit");
  command->add_flag("--verify", o.verify,
                    "write data that say where they belong, and read them back at the end");
  command->add_flag("--sample-host", o.sample_host,
                    "record Dirty, Writeback, processor time and the device's counters");
  command->add_option("--workers", o.workers, "threads: at most this many")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->add_flag("--signal", o.notify_by_signal,
                    "posix-aio: a signal for each completion, not aio_suspend");
  command->add_flag("--eventfd", o.notify_by_eventfd, "linux-aio: wait on an eventfd, not in io_getevents");
  command->add_flag("--register", o.registered, "io_uring: registered buffers and files");
  command->add_flag("--sqpoll", o.sqpoll, "io_uring: a kernel thread submits");
  command->add_flag("--iopoll", o.iopoll, "io_uring: poll for completions");
  command->add_option("--seed", args->seed, "seed of random offsets")->type_name("N");
  command->add_option("--output-format", args->format, "normal, json or json+ (as fio)")
      ->check(CLI::IsMember({"normal", "json", "json+"}))
      ->capture_default_str();
  command->add_flag_callback(
      "--json", [args] { args->format = "json"; }, "same as --output-format=json");
  command->add_option("--report", args->report, "write the report here instead of standard output")
      ->type_name("FILE");
  command->add_flag("--quiet", args->quiet, "no progress on the terminal");
  command->callback([args, &status] { run(*args, status); });
}

}  // namespace blkpath::cli
