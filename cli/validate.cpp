#include "validate/case.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/device_args.hpp"
#include "scenarios/simulation.hpp"

namespace blkpath::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Interrupted : std::runtime_error {
  Interrupted() : std::runtime_error("interrupted") {}
};

/// The figures of one scenario, all jobs and directions together.
/// bw_mb is in units of 1000 KiB/s, which is what fio 1.x printed as KiB/s divided by 1000.
std::map<std::string, double> figures(const std::string& path) {
  const Scenario scenario = load_scenario(path);
  const Result result = Simulation(scenario).run([](Time, std::int64_t) { return !interrupted(); });
  if (result.interrupted) throw Interrupted();
  double bytes = 0, ios = 0, runtime = 0;
  LatencyStat slat, clat;
  for (const JobStats& job : result.jobs)
    for (const DirStats& dir : job.dir) {
      bytes += static_cast<double>(dir.bytes.n);
      ios += static_cast<double>(dir.ios);
      runtime = std::max(runtime, seconds(dir.runtime));
      slat.merge(dir.slat);
      clat.merge(dir.clat);
    }
  if (runtime <= 0) throw std::runtime_error(path + ": no I/O was completed");
  return {{"bw_mb", bytes / 1024 / 1000 / runtime},
          {"bw_mib", bytes / 1048576 / runtime},
          {"iops", ios / runtime},
          {"slat_us", slat.mean_ns() * 1e-3},
          {"clat_ms", clat.mean_ns() * 1e-6},
          {"clat_p99_ms", micros(clat.percentile(99)) * 1e-3}};
}

double rounded(double v) { return std::round(v * 1e6) / 1e6; }

Json case_json(const ValidationCase& c) {
  Json j{{"name", c.name}, {"rows", Json::array()}};
  for (const FigureResult& r : c.results())
    j["rows"].push_back({{"row", r.row},
                         {"figure", r.figure},
                         {"measured", rounded(r.measured)},
                         {"predicted", rounded(r.predicted)},
                         {"error_pct", rounded(r.error_pct())},
                         {"fitted", r.fitted}});
  j["mean_abs_error_pct"] = rounded(c.mean_abs_error_pct());
  j["max_abs_error_pct"] = rounded(c.max_abs_error_pct());
  j["within_tolerance"] = c.within_tolerance();
  j["fitted_parameters"] = Json::array();
  for (const FittedParameter& f : c.fitted_parameters)
    j["fitted_parameters"].push_back(
        {{"parameter", f.parameter}, {"value", f.value}, {"fitted_to", f.fitted_to}});
  return j;
}

void validate_device(const DeviceArgs& args, bool json) {
  const Part part = args.load();
  const auto pairs =
      replay_on_device(part.model, part.params, "params", read_measured(args.trace), args.seed_value());
  if (json)
    write_text(
        "",
        Json{{"part", part.name}, {"trace", args.trace}, {"distance", distance_json(pairs)}}.dump(2) + "\n");
  else
    write_text("", fmt::format("{} on {}\n{}", part.name, args.trace, distance_text(pairs)));
}

}  // namespace

void add_validate(CLI::App& app, int& status) {
  auto* command =
      app.add_subcommand("validate", "Compare predictions with measurements; exit 1 past the tolerance");
  command->footer(
      "Examples:\n"
      "  blkpath validate validate/cases/qemu-aio-2008\n"
      "  blkpath validate --json validate/cases/*/case.yaml\n"
      "  blkpath validate --part atlas10k.yaml --trace measured.trace.xz   # a device, one request at a "
      "time");
  struct Args {
    std::vector<std::string> cases;
    DeviceArgs device;
    bool json = false;
  };
  auto args = std::make_shared<Args>();
  command->add_option("CASE", args->cases, "case files, or folders that hold a case.yaml")
      ->excludes(args->device.add_to(*command));
  command->add_flag("--json", args->json, "print JSON");
  command->callback([args, &status] {
    if (!args->device.part.empty()) return validate_device(args->device, args->json);
    if (args->cases.empty()) throw CLI::RequiredError("CASE");
    std::vector<ValidationCase> cases;
    for (const std::string& path : args->cases) cases.push_back(load_case(path));
    catch_interrupts();
    Json all{{"cases", Json::array()}};
    for (ValidationCase& c : cases) {
      try {
        run_case(c, figures);
      } catch (const Interrupted&) {  // the rows that were done are reported
        status = 130;
        fmt::print(stderr, "blkpath: interrupted; rows without a prediction were not run\n");
      }
      if (args->json)
        all["cases"].push_back(case_json(c));
      else
        write_text("", case_text(c));
      if (status == 130) break;
      if (!c.within_tolerance()) status = 1;
    }
    if (args->json) write_text("", all.dump(2) + "\n");
  });
}

}  // namespace blkpath::cli
