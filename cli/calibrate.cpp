#include <fmt/format.h>

#include <filesystem>

#include "cli/calibrate_grid.hpp"
#include "cli/calibrate_trace.hpp"
#include "cli/device_args.hpp"
#include "cli/progress.hpp"
#include "scenarios/device_choice.hpp"

namespace blkpath::cli {
namespace {

std::string fit_text(const DeviceFit& fit) {
  std::string out = fmt::format("{:<24} {:>12} {:>14}\n", "fitted", "us", "std. error us");
  for (const FitParameter& p : fit.parameters)
    out += fmt::format("{:<24} {:>12.1f} {:>14.1f}\n", p.name, p.value, p.standard_error);
  if (!fit.chosen.empty()) out += fmt::format("and chosen: {}\n", fit.chosen);
  return out;
}

}  // namespace

void add_calibrate(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("calibrate", "Fit a device's times to a measured trace");
  command->footer(
      "Fits to the first half of a trace; the second half, which it never saw, says how good the result "
      "is.\n"
      "Examples:\n"
      "  blkpath calibrate --part atlas10k.yaml --trace measured.trace.xz -o fitted.yaml\n"
      "  blkpath calibrate --part atlas10k.yaml --trace measured.trace.xz --fit "
      "write_hit_after_read,bus_write\n"
      "With fio's results over iodepth x numjobs a device of model calibrated is fitted to those with few\n"
      "outstanding; the others, which it never saw, say how good the result is.\n"
      "  blkpath calibrate --model calibrated --trace run.trace -o device.yaml\n"
      "  blkpath calibrate --fio-csv grid.csv --device 'lab/SATA_SSD' -o ssd.yaml\n"
      "  blkpath calibrate --fio-json results/*.json --set turn=8333us --set capacity=1TB");
  struct Args {
    DeviceArgs device;
    GridArgs grid;
    std::vector<std::string> fit;
    std::string output, model;
    bool force = false, json = false;
  };
  auto args = std::make_shared<Args>();
  CLI::Option* part_option = args->device.add_to(*command);
  command
      ->add_option("--model", args->model,
                   "calibrated: a device from the trace alone, several I/Os outstanding")
      ->excludes(part_option);
  CLI::Option* csv = command->add_option("--fio-csv", args->grid.csv, "results of fio as a table");
  CLI::Option* json =
      command->add_option("--fio-json", args->grid.json_files, "results of fio as it prints them");
  command->add_option("--device", args->grid.device, "which of the table's devices");
  command->add_option("--fit-products", args->grid.products,
                      "iodepth x numjobs up to which cells are fitted to; 4");
  for (const char* name : {"--trace", "--set", "--seed"})
    command->get_option(name)->remove_needs(part_option);
  csv->excludes(part_option);
  json->excludes(part_option);
  command
      ->add_option(
          "--fit", args->fit,
          "times to fit, separated by commas; unless told, what predicts each half of the first half "
          "best from the other: overheads, bus, settling, seeks by direction, segments of the buffer "
          "for writes")
      ->delimiter(',');
  command->add_option("-o,--output", args->output, "part file to write with what was fitted");
  command->add_flag("--force", args->force, "overwrite the output");
  command->add_flag("--json", args->json, "print JSON");
  command->callback([args, &status] {
    if (!args->output.empty() && !args->force && std::filesystem::exists(args->output))
      throw ConfigError({}, "--output", fmt::format("'{}' exists; --force overwrites it", args->output));
    const bool grid = !args->grid.csv.empty() || !args->grid.json_files.empty();
    if (!args->model.empty() && args->model != "calibrated")
      throw ConfigError({}, "--model",
                        fmt::format("'{}' needs a part to start from; only 'calibrated' is "
                                    "fitted from nothing",
                                    args->model));
    if (!args->fit.empty() && (grid || !args->model.empty()))
      throw ConfigError(
          {}, "--fit",
          "names times of a --part; of a calibrated device all that --set does not give is fitted");
    if (grid && !args->device.trace.empty())
      throw ConfigError({}, "--trace", "and fio's results are two measurements; leave out one of them");
    if (!grid && !args->grid.device.empty())
      throw ConfigError({}, "--device",
                        "chooses from fio's results, which are missing, for example --fio-csv grid.csv");
    if (grid) {
      args->grid.output = args->output;
      args->grid.seed = args->device.seed;
      args->grid.sets = args->device.sets;
      args->grid.json = args->json;
      status = calibrate_grid(args->grid);
      return;
    }
    if (!args->model.empty()) {
      if (args->device.trace.empty())
        throw ConfigError({}, "--trace", "is missing: what was measured, for example --trace run.trace");
      status = calibrate_trace(
          {args->device.trace, args->output, args->device.seed, args->device.sets, args->json});
      return;
    }
    if (args->device.part.empty())
      throw ConfigError(
          {}, "calibrate",
          "needs what was measured: --part and --trace, --model calibrated and --trace, --fio-csv "
          "or --fio-json");
    Part part = args->device.load();
    const std::vector<MeasuredRequest> requests = read_measured(args->device.trace);
    if (requests.size() < 100)
      throw ConfigError(
          {args->device.trace, 0}, "trace",
          fmt::format("{} requests are too few to fit to one half and test on the other; 100 is the least",
                      requests.size()));
    if (!args->output.empty()) check_writable(args->output, "--output");
    const std::vector<std::string> names = args->fit.empty() ? default_fit(part.model) : args->fit;
    if (names.empty())
      throw ConfigError({part.file, 0}, "--fit",
                        fmt::format("model {} needs to be told what to fit", part.model));
    const auto middle = requests.begin() + static_cast<std::ptrdiff_t>(requests.size() / 2);
    const std::vector<MeasuredRequest> train(requests.begin(), middle), test(middle, requests.end());
    const std::uint64_t seed = args->device.seed_value();
    const std::string on = fmt::format("first {} requests of {}", train.size(),
                                       std::filesystem::path(args->device.trace).filename().string());
    catch_interrupts();
    Progress progress;
    const auto go_on = [&](double done) {
      progress.show(done, [&](double) { return fmt::format("fitting, {:.0f} %", 100 * done); });
      return !interrupted();
    };
    const DeviceFit fit =
        args->fit.empty()
            ? fit_device_and_choose(part.model, part.params, train, seed, on, go_on)
            : fit_device(part.model, part.params, names, train, seed, on, [] { return !interrupted(); });
    progress.clear();
    if (fit.summary.stopped) {
      status = 130;
      fmt::print(stderr, "blkpath: interrupted; the result is the best so far\n");
    }
    const auto before = replay_on_device(part.model, part.params, "params", test, seed);
    const auto fitted = replay_on_device(part.model, fit.params, "params", train, seed);
    const auto predicted = replay_on_device(part.model, fit.params, "params", test, seed);
    part.params = fit.params;
    if (!args->output.empty()) write_text(args->output, part_text(part, {"Fitted to the " + on + "."}));
    if (args->json) {
      nlohmann::ordered_json j{
          {"part", part.name}, {"fitted_to", on}, {"parameters", nlohmann::ordered_json::array()}};
      for (const FitParameter& p : fit.parameters)
        j["parameters"].push_back(
            {{"parameter", p.name}, {"us", p.value}, {"standard_error_us", p.standard_error}});
      if (!fit.chosen.empty()) j["chosen"] = fit.chosen;
      j["first_half_fitted"] = distance_json(fitted);
      j["second_half_before"] = distance_json(before);
      j["second_half_predicted"] = distance_json(predicted);
      write_text("", j.dump(2) + "\n");
      return;
    }
    write_text(
        "",
        fmt::format("{}: fitted to the {}, {} runs\n{}\nfirst half, fitted to\n{}\nsecond half, before\n{}\n"
                    "second half, predicted\n{}",
                    part.name, on, fit.summary.evaluations, fit_text(fit), distance_text(fitted),
                    distance_text(before), distance_text(predicted)));
  });
}

}  // namespace blkpath::cli
