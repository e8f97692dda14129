#include "cli/calibrate_grid.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

#include "cli/device_args.hpp"
#include "scenarios/fio_grid_fit.hpp"

namespace blkpath::cli {
namespace {

struct Fitted {
  std::string device;
  GridFit fit;
  std::vector<GridResult> results;
};

const char* kind(const GridResult& r) { return r.fitted ? "fitted" : "predicted"; }
std::string device_name(const Fitted& f) { return f.device.empty() ? "device" : f.device; }

std::vector<std::string> directions(const std::vector<GridResult>& results) {
  std::vector<std::string> all;
  for (const GridResult& r : results)
    if (std::find(all.begin(), all.end(), r.measured.rw) == all.end()) all.push_back(r.measured.rw);
  return all;
}
std::string errors_text(const std::string& label, const std::vector<GridResult>& results,
                        const std::string& rw) {
  std::string out;
  for (const bool fitted : {true, false}) {
    const GridErrors e = grid_errors(results, rw, fitted);
    if (e.cells > 0)
      out += fmt::format("{:<44} {:<9} {:>4} cells, median |error|: IOPS {:5.1f} %, p99 {:5.1f} %\n", label,
                         fitted ? "fitted" : "predicted", e.cells, e.iops, e.p99);
  }
  return out;
}

/// A table's files come in the order of their names, 16 before 2.
std::vector<GridResult> in_order(std::vector<GridResult> results) {
  std::stable_sort(results.begin(), results.end(), [](const GridResult& a, const GridResult& b) {
    return std::tie(a.measured.rw, a.measured.iodepth, a.measured.numjobs) <
           std::tie(b.measured.rw, b.measured.iodepth, b.measured.numjobs);
  });
  return results;
}

std::string text(const Fitted& f, const GridArgs& args) {
  std::string out = fmt::format("{}\n", device_name(f));
  for (const GridMechanism& m : f.fit.mechanisms)
    out += fmt::format("  {:<10} {} (RMS of logarithms on the fitted cells {:.3f})\n", m.rw, m.name, m.rms);
  out += "  given      " + (args.sets.empty() ? "nothing" : fmt::format("{}", fmt::join(args.sets, ", "))) +
         "\n";
  out += fmt::format("  host       prepare {}, submit {}, reap {}\n", format(f.fit.host.prepare),
                     format(f.fit.host.submit), format(f.fit.host.reap));
  out += fmt::format("\n{:<10} {:>4} x{:>4} {:>11} {:>11} {:>8} {:>12} {:>12} {:>8}\n", "", "iodepth", "jobs",
                     "IOPS", "model", "error %", "p99 ms", "model", "error %");
  for (const GridResult& r : in_order(f.results))
    out += fmt::format(
        "{:<10} {:>7} x{:>4} {:>11.1f} {:>11.1f} {:>+8.1f} {:>12.3f} {:>12.3f} {:>+8.1f}  {}\n",
        r.measured.rw, r.measured.iodepth, r.measured.numjobs, r.measured.iops, r.predicted.iops,
        r.iops_error(), r.measured.p99_us * 1e-3, r.predicted.p99_us * 1e-3, r.p99_error(), kind(r));
  out += "\n";
  for (const std::string& rw : directions(f.results)) out += errors_text(rw, f.results, rw);
  return out + "\n";
}

nlohmann::ordered_json json(const Fitted& f, const GridArgs& args) {
  nlohmann::ordered_json j{{"device", f.device}, {"given", args.sets}};
  for (const GridMechanism& m : f.fit.mechanisms)
    j["mechanisms"].push_back({{"rw", m.rw}, {"mechanism", m.name}, {"rms", m.rms}});
  for (const GridResult& r : in_order(f.results))
    j["cells"].push_back({{"rw", r.measured.rw},
                          {"iodepth", r.measured.iodepth},
                          {"numjobs", r.measured.numjobs},
                          {"iops", r.measured.iops},
                          {"model_iops", r.predicted.iops},
                          {"clat_p99_us", r.measured.p99_us},
                          {"model_clat_p99_us", r.predicted.p99_us},
                          {"kind", kind(r)}});
  for (const std::string& rw : directions(f.results))
    for (const bool fitted : {true, false}) {
      const GridErrors e = grid_errors(f.results, rw, fitted);
      j["median_error_pct"].push_back({{"rw", rw},
                                       {"kind", fitted ? "fitted" : "predicted"},
                                       {"cells", e.cells},
                                       {"iops", e.iops},
                                       {"clat_p99", e.p99}});
    }
  return j;
}

std::vector<GridCell> read_cells(const GridArgs& args) {
  std::vector<GridCell> cells;
  const auto append = [&](std::vector<GridCell> more) {
    cells.insert(cells.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  };
  for (const std::string& file : args.csv) append(read_grid_csv(file));
  for (const std::string& file : args.json_files) append(read_grid_json(file));
  return cells;
}

std::vector<std::string> devices(const std::vector<GridCell>& cells, const std::string& wanted) {
  std::vector<std::string> all;
  for (const GridCell& c : cells)
    if (std::find(all.begin(), all.end(), c.device) == all.end()) all.push_back(c.device);
  if (wanted.empty()) return all;
  if (std::find(all.begin(), all.end(), wanted) == all.end())
    throw ConfigError({}, "--device",
                      fmt::format("'{}' has no results; there are '{}'", wanted, fmt::join(all, "', '")));
  return {wanted};
}

}  // namespace

int calibrate_grid(const GridArgs& args) {
  const std::vector<GridCell> cells = read_cells(args);
  const std::vector<std::string> names = devices(cells, args.device);
  if (args.products < 2)
    throw ConfigError({}, "--fit-products", fmt::format("'{}' is below 2, for example 4", args.products));
  if (!args.output.empty()) {
    if (names.size() > 1)
      throw ConfigError(
          {}, "--output",
          fmt::format("a part is one device; --device says which, for example '{}'", names.front()));
    check_writable(args.output, "--output");
  }
  GridFitOptions options;
  options.products = args.products;
  options.seed = args.seed.empty() ? 1 : parse_seed(args.seed);
  options.given = given_parameters(args.sets);
  catch_interrupts();
  options.go_on = [] { return !interrupted(); };

  std::vector<GridResult> all;
  std::string out;
  nlohmann::ordered_json document = nlohmann::ordered_json::array();
  for (const std::string& name : names) {
    std::vector<GridCell> own;
    std::copy_if(cells.begin(), cells.end(), std::back_inserter(own),
                 [&](const GridCell& c) { return c.device == name; });
    Fitted f{name, fit_grid(own, options), {}};
    f.results = predict_grid(own, f.fit, options);
    all.insert(all.end(), f.results.begin(), f.results.end());
    if (!args.output.empty()) {
      Part part;
      part.name = device_name(f);
      part.model = "calibrated";
      part.params = f.fit.params;
      write_text(args.output,
                 part_text(part, {fmt::format("Fitted to fio's results with iodepth x numjobs up to {}.",
                                              args.products)}));
    }
    out += text(f, args);
    document.push_back(json(f, args));
    if (interrupted()) break;
  }
  if (names.size() > 1) out += errors_text("all devices", all, "");
  write_text("", args.json ? document.dump(2) + "\n" : out);
  if (!interrupted()) return 0;
  fmt::print(stderr, "blkpath: interrupted; the result is the best so far\n");
  return 130;
}

}  // namespace blkpath::cli
