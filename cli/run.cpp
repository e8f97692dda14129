#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/progress.hpp"
#include "scenarios/fio_json.hpp"
#include "scenarios/fio_logs.hpp"
#include "scenarios/fio_text.hpp"
#include "scenarios/report.hpp"

namespace blkpath::cli {
namespace {

struct RunArgs {
  ScenarioArgs scenario;
  std::string format = "normal", output;
  bool params = false, quiet = false;
};

Time expected_runtime(const Scenario& scenario) {
  Time longest{0};
  for (const JobSpec& job : scenario.jobs.jobs)
    longest = std::max(longest, job.runtime + job.ramp_time + job.start_delay);
  return longest;
}

void run(RunArgs& args, int& status) {
  const Scenario scenario = args.scenario.load();
  check_writable(args.output, "--output");
  check_logs_writable(scenario.jobs.jobs);
  Simulation simulation(scenario);
  catch_interrupts();
  const double expected = seconds(expected_runtime(scenario));
  Progress progress(!args.quiet);
  const Result result = simulation.run([&](Time simulated, std::int64_t ios) {
    const double done = expected > 0 ? seconds(simulated) / expected : 0;
    progress.show(done, [&](double wall) {
      return fmt::format("{:.1f} s simulated, {:.2f} M I/Os, {:.2f} M I/Os per second", seconds(simulated),
                         static_cast<double>(ios) * 1e-6, static_cast<double>(ios) * 1e-6 / wall);
    });
    return !interrupted();
  });
  progress.clear();
  const FioReport report = fio_report(scenario, result);
  std::string text;
  if (args.format == "normal") {
    text = fio_normal(report) + report_text(scenario, result) + (args.params ? params_text(result) : "");
  } else {
    nlohmann::ordered_json document = fio_json(report, args.format == "json+");
    document["blkpath"] = report_json(scenario, result);
    text = fio_json_text(document);
  }
  write_text(args.output, text);
  write_fio_logs(report);
  status = result.interrupted ? 130 : 0;
}

}  // namespace

void add_run(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("run", "Predict throughput and latency of a scenario");
  command->footer(
      "Examples:\n"
      "  blkpath run scenarios/qemu-aio-2008/kvm-none-linux-aio-randwrite.yaml\n"
      "  blkpath run SCENARIO --job my.fio --set disk.cache=writeback --output-format=json+\n"
      "  blkpath run SCENARIO --runtime 5s --set job.iodepth=1 --set path.hba.execution_throttle=64\n"
      "  blkpath run SCENARIO --set guest=none                # the same host and job without the guest\n"
      "  blkpath run SCENARIO --trace web.csv.gz --set trace.remap=wrap --set trace.speed=2x\n"
      "  blkpath run SCENARIO --fio '--name=x --rw=randread --bs=4k --iodepth=32 --direct=1 "
      "--ioengine=libaio \\\n"
      "      --size=10g --runtime=30 --time_based' --qemu '-drive "
      "file=/dev/sdb,if=virtio,cache=none,aio=native,format=raw'");
  auto args = std::make_shared<RunArgs>();
  args->scenario.add_to(*command);
  command->add_option("--output-format", args->format, "normal, json or json+ (as fio)")
      ->check(CLI::IsMember({"normal", "json", "json+"}))
      ->capture_default_str();
  command->add_flag_callback(
      "--json", [args] { args->format = "json"; }, "same as --output-format=json");
  command->add_option("-o,--output", args->output, "write the report here instead of standard output")
      ->type_name("FILE");
  command->add_flag("--params", args->params, "list every parameter with its provenance");
  command->add_flag("--quiet", args->quiet, "no progress on the terminal");
  command->callback([args, &status] { run(*args, status); });
}

}  // namespace blkpath::cli
