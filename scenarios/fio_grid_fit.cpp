#include "scenarios/fio_grid_fit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "hw/calibrated_params.hpp"
#include "scenarios/fio_grid_mechanisms.hpp"
#include "validate/least_squares.hpp"

namespace blkpath {
namespace {

constexpr std::int64_t kFitIos = 6000;  ///< of a cell: p99 then rests on 60
constexpr double kLatencyWeight = 0.3;  ///< of a percentile's logarithm beside that of the rate
constexpr double kPrice = 0.05;         ///< share by which a parameter more must improve the fit
constexpr double kStep = 0.06;          ///< of a time's logarithm; above the grain of a simulated cell

std::vector<GridCell> shallow_cells(const std::vector<GridCell>& cells, Dir dir, int products) {
  std::vector<GridCell> shallow;
  for (const GridCell& c : cells)
    if (c.dir == dir && c.product() <= products) shallow.push_back(c);
  return shallow;
}

void check(const std::vector<GridCell>& cells, const std::vector<GridCell>& shallow, int products) {
  const GridCell& first = shallow.front();
  const auto refuse = [&](const std::string& why) {
    return ConfigError({}, "calibrate", fmt::format("{} {}: {}", first.device, first.rw, why));
  };
  for (const GridCell& c : cells)
    if (c.dir == first.dir && (!c.random || c.block != first.block))
      throw refuse("a grid has random I/O of one size for each direction, for example rw=randread, bs=4k");
  const auto has = [&](auto&& is) { return std::any_of(shallow.begin(), shallow.end(), is); };
  if (!has([](const GridCell& c) { return c.product() == 1; }))
    throw refuse("the cell iodepth=1, numjobs=1 is missing");
  if (!has([](const GridCell& c) { return c.product() > 1; }))
    throw refuse(
        fmt::format("nothing between 1 and {} outstanding; --fit-products says how far to fit", products));
}

/// The least that any of the cells shows: what a thread that is kept busy pays. One that slept pays more,
/// for it finds caches and clock rates down.
HostCosts host_costs(const std::vector<GridCell>& shallow) {
  double usr = HUGE_VAL, sys = HUGE_VAL, slat = HUGE_VAL;
  for (const GridCell& c : shallow) {
    const double us_per_io = 1e4 * c.numjobs / c.iops;  // of a per cent of a processor for each job
    usr = std::min(usr, c.usr_percent * us_per_io);
    sys = std::min(sys, c.sys_percent * us_per_io);
    slat = std::min(slat, c.slat_us);
  }
  const auto time = [](double us) { return Time{std::llround(us * 1e3)}; };
  return {time(usr), time(slat), time(std::max(0.0, sys - slat))};
}

Mechanism::Kind scalar_of(Mechanism::Kind kind) {
  return kind == Mechanism::Kind::table ? Mechanism::Kind::time : kind;
}

const ConfigValue* find(const ConfigMap& params, const std::string& name) {
  const auto it = std::find_if(params.entries.begin(), params.entries.end(),
                               [&](const auto& entry) { return entry.first == name; });
  return it == params.entries.end() ? nullptr : &it->second;
}
/// Zero when it is not there.
Time time_of(const ConfigMap& params, const std::string& name) {
  const ConfigValue* value = find(params, name);
  return value ? parse_time(value->text) : Time{0};
}

/// Does it fix something that is known to be otherwise, however that is written?
bool contradicts(const Mechanism& m, const ConfigMap& given) {
  const auto values = [](const ConfigMap& params) {
    CalibratedParams device;
    return read_params(device, params, "device");
  };
  const std::vector<ParamInfo> fixed = values(m.params), known = values(given);
  for (std::size_t i = 0; i < fixed.size(); ++i) {
    const ConfigValue* value = find(m.params, fixed[i].name);
    if (value && !value->is_list && find(given, fixed[i].name) && fixed[i].value != known[i].value)
      return true;
  }
  return false;
}

/// Of parameter `i` in us. The longest seek is longer than the shortest one, whichever of them is fitted.
double bounded(const std::vector<FitParameter>& free, std::span<const double> logs, std::size_t i,
               const ConfigMap& given) {
  const double value = std::exp(logs[i]);
  const std::string& name = free[i].name;
  if (!name.ends_with("seek_base") && !name.ends_with("seek_full")) return value;
  const std::string prefix = name.substr(0, name.find("seek_"));
  if (name.ends_with("seek_full")) {
    for (std::size_t k = 0; k < free.size(); ++k)
      if (free[k].name == prefix + "seek_base") return std::max(value, 1.01 * std::exp(logs[k]));
    const Time base = time_of(given, prefix + "seek_base");
    return std::max(value, micros(base));
  }
  const Time full = time_of(given, prefix + "seek_full");
  return full > Time{0} ? std::min(value, micros(full)) : value;
}

/// Fits one mechanism to what is not `known`. @return its parameters and those
ConfigMap fit_mechanism(const Mechanism& m, const ConfigMap& known, const std::vector<GridCell>& shallow,
                        const HostCosts& host, const GridFitOptions& options, const Provenance& on,
                        FitSummary& summary) {
  std::vector<FitParameter> free;
  std::vector<Mechanism::Kind> kinds;
  for (const Mechanism::Free& f : m.free) {
    if (find(known, f.name)) continue;
    free.push_back({f.name, std::log(f.start), kStep, std::log(1e-3), std::log(1e6)});
    kinds.push_back(f.kind);
  }
  const auto params = [&](std::span<const double> logs) {
    ConfigMap over = m.params;
    for (std::size_t i = 0; i < logs.size(); ++i) {
      const double value = bounded(free, logs, i, known);
      Provenance p = on;
      if (free[i].standard_error > 0)
        p.standard_error = value_of(scalar_of(kinds[i]), value * free[i].standard_error, {}).text;
      over.entries.emplace_back(free[i].name, value_of(kinds[i], value, p));
    }
    return with(with(known, over), known);
  };
  const Differences differences = [&](std::span<const double> logs) {
    const ConfigMap device = params(logs);
    std::vector<double> all;
    for (const GridCell& cell : shallow) {
      const GridCell model = simulate_cell(cell, {device, host, kFitIos, options.seed});
      all.push_back(std::log(model.iops / cell.iops));
      all.push_back(kLatencyWeight * std::log(model.p50_us / cell.p50_us));
      all.push_back(kLatencyWeight * std::log(model.p99_us / cell.p99_us));
    }
    return all;
  };
  if (free.empty()) {  // nothing to search for
    const std::vector<double> all = differences({});
    double squares = 0;
    for (const double d : all) squares += d * d;
    summary = {0, std::sqrt(squares / static_cast<double>(all.size())), 1, false};
  } else {
    summary = least_squares(free, differences, options.go_on);
  }
  std::vector<double> logs;
  for (const FitParameter& p : free) logs.push_back(p.value);
  return params(logs);
}

}  // namespace

GridFit fit_grid(const std::vector<GridCell>& cells, const GridFitOptions& options) {
  GridFit fit;
  fit.params = options.given;
  bool first = true;
  for (const Dir dir : {Dir::read, Dir::write}) {
    if (fit.stopped) break;
    const std::vector<GridCell> shallow = shallow_cells(cells, dir, options.products);
    if (shallow.empty()) continue;
    check(cells, shallow, options.products);
    if (std::exchange(first, false)) fit.host = host_costs(shallow);
    const std::string on =
        fmt::format("fio, {}, iodepth x numjobs up to {}", shallow.front().rw, options.products);
    GridMechanism best{shallow.front().rw, "", 0};
    double least = HUGE_VAL;
    ConfigMap best_params;
    for (const Mechanism& m : mechanisms_of(shallow, fit.params, on)) {
      if (fit.stopped) break;
      if (contradicts(m, fit.params)) continue;
      FitSummary summary;
      const ConfigMap params = fit_mechanism(m, fit.params, shallow, fit.host, options, fitted(on), summary);
      const double score = m.handicap * summary.after * (1 + kPrice * static_cast<double>(m.free.size()));
      if (score < least) {
        least = score;
        best.name = m.name;
        best.rms = summary.after;
        best_params = params;
      }
      fit.stopped = summary.stopped || !options.go_on();
    }
    if (best.name.empty())
      throw ConfigError({}, "--set", fmt::format("nothing that is known agrees with {}: give less", best.rw));
    fit.params = best_params;
    fit.mechanisms.push_back(best);
  }
  if (first)
    throw ConfigError({}, "--fit-products",
                      fmt::format("no cell with iodepth x numjobs up to {}", options.products));
  return fit;
}

std::vector<GridResult> predict_grid(const std::vector<GridCell>& cells, const GridFit& fit,
                                     const GridFitOptions& options) {
  constexpr std::int64_t kLeastIos = 60'000, kTurns = 100;  // turns: of all that is outstanding
  std::vector<GridResult> results;
  for (const GridCell& cell : cells) {
    if (!options.go_on()) break;
    const std::int64_t ios = std::max(kLeastIos, kTurns * cell.product());
    results.push_back({cell, simulate_cell(cell, {fit.params, fit.host, ios, options.seed, options.stripe}),
                       !options.stripe && cell.product() <= options.products});
  }
  return results;
}

GridErrors grid_errors(const std::vector<GridResult>& results, const std::string& rw, bool fitted) {
  std::vector<double> iops, p99;
  for (const GridResult& r : results) {
    if (r.fitted != fitted || (!rw.empty() && r.measured.rw != rw)) continue;
    iops.push_back(std::abs(r.iops_error()));
    p99.push_back(std::abs(r.p99_error()));
  }
  const auto median = [](std::vector<double>& v) {
    if (v.empty()) return 0.0;
    std::sort(v.begin(), v.end());
    return (v[(v.size() - 1) / 2] + v[v.size() / 2]) / 2;
  };
  return {iops.size(), median(iops), median(p99)};
}

}  // namespace blkpath
