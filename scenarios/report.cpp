#include "scenarios/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "scenarios/trace_report.hpp"

namespace blkpath {
namespace {

using Json = nlohmann::ordered_json;

/// Six decimals, as in fio's JSON: enough for any reader and the same text everywhere.
double rounded(double v) { return std::isfinite(v) ? std::round(v * 1e6) / 1e6 : v; }

std::string instances(const StageResult& stage) {
  return stage.instances > 1 ? fmt::format("{} ({})", stage.name, stage.instances) : stage.name;
}
/// Stages that took no time and did no work would only lengthen the table.
bool worth_a_line(const StageResult& s) {
  return s.queued_us > 0 || s.service_us > 0 || s.cpu_us > 0 || s.busy_percent > 0;
}

double total_us(const Result& result) {
  double total = 0;
  for (const StageResult& s : result.stages) total += s.queued_us + s.service_us;
  return total;
}

/// All jobs and directions together, over the longest run.
double reached_iops(const Result& result) {
  double ios = 0, run = 0;
  for (const JobStats& job : result.jobs)
    for (const DirStats& dir : job.dir) {
      ios += static_cast<double>(dir.ios);
      run = std::max(run, seconds(dir.runtime));
    }
  return run > 0 ? ios / run : 0;
}

/// Counts are whole numbers and stay readable as such: 1221777, not 1.22178e+06.
std::string value_text(const StatValue& v) {
  if (v.unit == "bytes" && v.value >= 1048576) return fmt::format("{:.1f} MiB", v.value / 1048576);
  const bool whole = v.value == std::floor(v.value) && std::abs(v.value) < 1e15;
  return (whole ? fmt::format("{:.0f}", v.value) : fmt::format("{:.4g}", v.value)) +
         (v.unit.empty() || v.unit == "%" ? std::string(v.unit) : " " + std::string(v.unit));
}

std::string stage_lines(const Result& result) {
  const double total = total_us(result);
  std::size_t name_width = 5, model_width = 5;
  for (const StageResult& s : result.stages) {
    name_width = std::max(name_width, instances(s).size());
    model_width = std::max(model_width, s.model.size());
  }
  std::string out = fmt::format("  {:<{}}  {:<{}} {:>12} {:>12} {:>7} {:>9} {:>7}\n", "stage", name_width,
                                "model", model_width, "queued us", "service us", "share", "CPU us", "busy");
  for (const StageResult& s : result.stages) {
    if (!worth_a_line(s)) continue;
    const double time = s.queued_us + s.service_us;
    out += fmt::format("  {:<{}}  {:<{}} {:>12.2f} {:>12.2f} {:>6.1f}% {:>9.2f} {:>6.1f}%\n", instances(s),
                       name_width, s.model, model_width, s.queued_us, s.service_us,
                       total > 0 ? 100 * time / total : 0, s.cpu_us, s.busy_percent);
  }
  return out + fmt::format("  {:<{}}  {:<{}} {:>25.2f} = mean latency (slat + clat)\n", "sum", name_width, "",
                           model_width, total);
}

std::string stat_lines(const Result& result) {
  std::string out;
  for (const StageResult& stage : result.stages) {
    std::vector<std::string> values;
    for (const StatValue& v : stage.stats) values.push_back(fmt::format("{} {}", v.name, value_text(v)));
    if (!values.empty()) out += fmt::format("  {}: {}\n", instances(stage), fmt::join(values, ", "));
  }
  return out;
}

std::string risk_line(const Result& result) {
  if (result.at_risk.n == 0)
    return "Data at risk: none; all that was acknowledged was on stable storage when the run ended\n";
  double oldest = 0;
  for (const StageResult& stage : result.stages)
    for (const StatValue& v : stage.stats)
      if (v.name == "oldest_dirty") oldest = std::max(oldest, v.value);
  return fmt::format("Data at risk: {:.1f} MiB acknowledged and not on stable storage when the run ended{}\n",
                     static_cast<double>(result.at_risk.n) / 1048576.0,
                     oldest > 0 ? fmt::format(", the oldest for {:.1f} s", oldest) : "");
}

/// The busiest stage, where it is not the one that the bound names: a bound knows the mean load only.
std::string busiest(const Result& result) {
  const auto bounds = [&](const StageResult& stage) {
    return std::any_of(result.bound.bottleneck.begin(), result.bound.bottleneck.end(),
                       [&](const std::string& group) {
                         return group == stage.name || group.starts_with(stage.name + " (");
                       });
  };
  double bound_busy = 0;
  const StageResult* most = nullptr;
  for (const StageResult& stage : result.stages) {
    if (bounds(stage)) bound_busy = std::max(bound_busy, stage.busy_percent);
    if (most == nullptr || stage.busy_percent > most->busy_percent) most = &stage;
  }
  if (most == nullptr || std::round(most->busy_percent) <= std::round(bound_busy)) return "";
  return fmt::format("; busiest: {}, {:.0f}%", instances(*most), most->busy_percent);
}

std::string bound_line(const Result& result) {
  if (result.bound.bottleneck.empty()) return "Bottleneck: none of the stages has a bound\n";
  const double reached = reached_iops(result);
  const std::string share = reached > result.bound.iops
                                ? "above it: caches or merging kept I/Os away"
                                : fmt::format("{:.0f}%", 100 * reached / result.bound.iops);
  return fmt::format(
      "Bottleneck: {} carries at most {:.0f} IOPS of this size that pass every cache; this run reached "
      "{:.0f}, {}{}\n",
      fmt::join(result.bound.bottleneck, ", "), result.bound.iops, reached, share, busiest(result));
}

}  // namespace

FioReport fio_report(const Scenario& scenario, const Result& result) {
  return {result.specs, result.jobs, scenario.jobs.global_options, kVersion};
}

std::string report_text(const Scenario& scenario, const Result& result) {
  std::string out = trace_text(result);
  out += "\nWhere the time of one I/O went, from the top down (mean over the measured I/Os):\n";
  out += stage_lines(result) + stat_lines(result);
  out += scenario.disk ? fmt::format("\nCPU per I/O: guest {:.2f} us, host {:.2f} us\n", result.guest_cpu_us,
                                     result.host_cpu_us)
                       : fmt::format("\nCPU per I/O: {:.2f} us\n", result.host_cpu_us);
  out += risk_line(result) + bound_line(result);
  out += fmt::format(
      "Parameters: {} assumed, {} fitted, {} measured, {} from data sheets (`--params` lists them)\n",
      result.count(Provenance::Kind::assumed), result.count(Provenance::Kind::fitted),
      result.count(Provenance::Kind::measured), result.count(Provenance::Kind::datasheet));
  out += fmt::format("Simulated {:.3f} s in {} events, seed {}\n", seconds(result.simulated), result.events,
                     result.seed);
  for (const std::string& note : scenario.notes) out += "note: " + note + "\n";
  for (const std::string& note : result.notes) out += "note: " + note + "\n";
  if (result.interrupted) out += "note: interrupted; what had completed by then is reported\n";
  return out;
}

std::string params_text(const Result& result) {
  constexpr std::size_t kWidest = 24;  // a table of zones is longer than any column
  std::size_t name_width = 0, value_width = 0;
  for (const StageParams& stage : result.params)
    for (const ParamInfo& p : stage.params) {
      name_width = std::max(name_width, stage.stage.size() + 1 + p.name.size());
      if (p.value.size() <= kWidest) value_width = std::max(value_width, p.value.size());
    }
  std::string out = "\nParameters, as this run used them (`blkpath models NAME` explains them):\n";
  for (const StageParams& stage : result.params)
    for (const ParamInfo& p : stage.params) {
      std::string origin(to_string(p.provenance.kind));
      if (!p.provenance.standard_error.empty())
        origin += " (standard error " + p.provenance.standard_error + ")";
      if (!p.provenance.source.empty()) origin += ": " + p.provenance.source;
      out += fmt::format("  {:<{}}  {:<{}}  {}\n", stage.stage + "." + p.name, name_width, p.value,
                         value_width, origin);
    }
  return out;
}

Json report_json(const Scenario& scenario, const Result& result) {
  Json j;
  j["scenario"] = scenario.file;
  if (!scenario.description.empty()) j["description"] = scenario.description;
  j["seed"] = result.seed;
  j["simulated_ns"] = result.simulated.count();
  j["events"] = result.events;
  j["interrupted"] = result.interrupted;
  j["stages"] = Json::array();
  for (const StageResult& s : result.stages) {
    Json stage{{"name", s.name},
               {"model", s.model},
               {"layer", std::string(to_string(s.layer))},
               {"instances", s.instances},
               {"visits", s.visits},
               {"queued_us", rounded(s.queued_us)},
               {"service_us", rounded(s.service_us)},
               {"cpu_us", rounded(s.cpu_us)},
               {"busy_percent", rounded(s.busy_percent)}};
    Json stats = Json::array();
    for (const StatValue& v : s.stats)
      stats.push_back(
          {{"name", v.name}, {"unit", v.unit}, {"value", rounded(v.value)}, {"sentence", v.sentence}});
    stage["stats"] = stats;
    j["stages"].push_back(stage);
  }
  j["cpu_us_per_io"] = {{"guest", rounded(result.guest_cpu_us)}, {"host", rounded(result.host_cpu_us)}};
  j["data_at_risk_bytes"] = result.at_risk.n;
  if (result.bound.bottleneck.empty())
    j["bound"] = nullptr;
  else
    j["bound"] = {{"iops", rounded(result.bound.iops)}, {"bottleneck", result.bound.bottleneck}};
  for (const auto kind : {Provenance::Kind::assumed, Provenance::Kind::fitted, Provenance::Kind::measured,
                          Provenance::Kind::datasheet})
    j["parameter_counts"][std::string(to_string(kind))] = result.count(kind);
  j["parameters"] = Json::array();
  for (const StageParams& stage : result.params)
    for (const ParamInfo& p : stage.params)
      j["parameters"].push_back({{"stage", stage.stage},
                                 {"name", p.name},
                                 {"value", p.value},
                                 {"provenance", std::string(to_string(p.provenance.kind))},
                                 {"source", p.provenance.source},
                                 {"standard_error", p.provenance.standard_error}});
  if (!result.replays.empty()) j["trace"] = trace_json(result);
  j["notes"] = scenario.notes;
  for (const std::string& note : result.notes) j["notes"].push_back(note);
  return j;
}

}  // namespace blkpath
