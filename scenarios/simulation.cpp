#include "scenarios/simulation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "model/core/registry.hpp"
#include "scenarios/address_check.hpp"
#include "scenarios/trace_source.hpp"

namespace blkpath {
namespace {

constexpr std::string_view kEngine = "engine.";  ///< first part of the name of a job's engine

std::string instance_name(const std::string& name, int i, int count) {
  return count == 1 ? name : fmt::format("{}[{}]", name, i);
}

double mean_size(const BlockSizes& bs) {
  double sum = 0, percent = 0;
  for (const BlockSizeShare& share : bs.split) {
    sum += share.percent * static_cast<double>(share.size.n);
    percent += share.percent;
  }
  return percent > 0 ? sum / percent : static_cast<double>(bs.min.n + bs.max.n) / 2;
}

/// Statistics of a group: times and ratios ("x" is one, too) are averaged over its instances, counts are
/// added.
void merge_stats(std::vector<StatValue>& into, const std::vector<StatValue>& from, int instances) {
  if (into.empty()) {
    into = from;
    return;
  }
  for (std::size_t i = 0; i < into.size() && i < from.size(); ++i) {
    const std::string_view unit = into[i].unit;
    const bool mean = unit == "us" || unit == "s" || unit == "%" || unit == "x";
    into[i].value =
        mean ? into[i].value + (from[i].value - into[i].value) / instances : into[i].value + from[i].value;
  }
}

}  // namespace

int Result::count(Provenance::Kind kind) const {
  int n = 0;
  for (const StageParams& stage : params)
    n += static_cast<int>(std::count_if(stage.params.begin(), stage.params.end(),
                                        [&](const ParamInfo& p) { return p.provenance.kind == kind; }));
  return n;
}

Simulation::Simulation(const Scenario& scenario)
    : scenario_(scenario), sim_(std::make_unique<Sim>(scenario.seed)) {
  FioParams fio;
  params_.push_back({"fio", "fio", read_params(fio, scenario.fio, "fio")});
  try {
    fio_ = std::make_unique<FioRun>(
        scenario.jobs.jobs, fio, scenario.size,
        [size = scenario.size](const JobSpec& job) { return open_request_source(job, size); });
    ids_ = fio_->add_to(*sim_);
  } catch (const ConfigError&) {  // of a trace, which knows its place
    throw;
  } catch (const std::exception& e) {  // a job that does not fit the disk
    throw ConfigError(scenario.job_place, "job", e.what());
  }
  build_stages();
  graph_ = std::make_unique<PathGraph>(nodes_);  // nothing is wired before the path is known to be sound
  connect();
  lun_ = check_addresses(*graph_, *sim_, ids_, scenario_);
  try {
    sim_->start();
  } catch (const std::invalid_argument& e) {
    throw ConfigError({scenario.file, 0}, "path", e.what());
  }
  set_bounds(load_shape());
}

void Simulation::set_bounds(const LoadShape& load) {
  std::vector<LoadShape> shapes(nodes_.size(), load);
  std::vector<bool> reached(nodes_.size());
  for (const std::size_t node : graph_->order()) {
    const Stage& stage = sim_->stage(ids_[node]);
    graph_->set_max_iops(node, stage.max_iops(shapes[node]) / shapes[node].per_io);
    const LoadShape below = stage.passed_down(shapes[node]);
    for (const std::string& name : nodes_[node].next) {
      const std::size_t next = graph_->index(name);
      // Where ways meet, what the costliest of them makes of an I/O.
      if (!reached[next] || below.per_io > shapes[next].per_io) shapes[next] = below;
      reached[next] = true;
    }
  }
}

void Simulation::build_stages() {
  // The jobs' threads, one after the other for each clone; each clone has an engine of its own.
  std::size_t thread = 0;
  std::map<std::string, int> clones;
  std::set<std::string> engine_models;
  for (const StageSpec& spec : scenario_.stages)
    if (spec.name.starts_with(kEngine)) engine_models.insert(spec.model);
  for (std::size_t job = 0; job < scenario_.jobs.jobs.size(); ++job) {
    const int numjobs = scenario_.jobs.jobs[job].numjobs;
    const std::string& below = scenario_.engines[job];
    const bool own_engine = below.starts_with(kEngine);
    if (own_engine) clones[below] = numjobs;
    for (int k = 0; k < numjobs; ++k, ++thread)
      nodes_.push_back({sim_->stage(ids_[thread]).name(),
                        "fio",
                        "fio",
                        Layer::workload,
                        false,
                        {scenario_.file, 0},
                        {own_engine ? instance_name(below, k, numjobs) : below}});
  }
  std::map<std::string, int> counts;
  for (StageSpec& spec : scenario_.stages) {
    if (const auto it = clones.find(spec.name); it != clones.end()) spec.count = it->second;
    counts[spec.name] = spec.count;
  }
  for (const StageSpec& spec : scenario_.stages) {
    const ModelInfo& model = find_model(spec.model, spec.place, spec.name);
    const bool engine = spec.name.starts_with(kEngine);
    // All jobs' engines are one line of the report, unless they are different models.
    const std::string group = !engine                     ? spec.name
                              : engine_models.size() == 1 ? "engine"
                                                          : "engine " + spec.model;
    std::vector<std::string> next;
    for (const std::string& to : spec.to) {
      const auto it = counts.find(to);
      for (int i = 0; i < (it == counts.end() ? 1 : it->second); ++i)
        next.push_back(instance_name(to, i, it == counts.end() ? 1 : it->second));
    }
    for (int i = 0; i < spec.count; ++i) {
      Built built = model.make(spec.params, spec.section.empty() ? spec.name : spec.section);
      if (i == 0) params_.push_back({spec.name, spec.model, std::move(built.params)});
      const std::string name = instance_name(spec.name, i, spec.count);
      ids_.push_back(sim_->add(std::move(built.stage), name, group));
      // An engine is the application's own AIO, above the guest; as a model it belongs to the AIO layer.
      const Layer layer = engine || group == "guest_page_cache" ? Layer::workload : model.layer;
      nodes_.push_back({name, group, spec.model, layer, model.leaf, spec.place, next});
    }
  }
}

void Simulation::connect() {
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    for (const std::string& next : nodes_[i].next) sim_->connect(ids_[i], ids_[graph_->index(next)]);
}

LoadShape Simulation::load_shape() const {
  LoadShape load;
  double reads = 0, size = 0, random = 0;
  const auto& jobs = scenario_.jobs.jobs;
  for (const JobSpec& job : jobs) {
    const double r = job.does[0] ? (job.does[1] ? job.read_percent / 100.0 : 1.0) : 0.0;
    reads += r;
    size += r * mean_size(job.bs[0]) + (1 - r) * mean_size(job.bs[1]);
    random += job.random;
  }
  const auto n = static_cast<double>(jobs.size());
  load.read_fraction = reads / n;
  load.block_size = size / n;
  load.random = random > 0;
  load.scattered = std::all_of(jobs.begin(), jobs.end(), [](const JobSpec& job) {
    return job.random && job.sequence <= 1 && job.percent_random == PerDir<int>{100, 100, 100} &&
           job.distribution.kind == RandomDistribution::Kind::uniform;
  });
  set_span(load);
  return load;
}

/// From the first byte that a job may touch to the last one.
void Simulation::set_span(LoadShape& load) const {
  Bytes first = Luns::kUnlimited, end{0};
  for (const JobSpec& job : fio_->expanded()) {
    first = std::min(first, job.offset);
    end = std::max(end, job.offset + job.size.value_or(scenario_.size));
  }
  load.span_begin = static_cast<double>(first.n) / static_cast<double>(lun_.n);
  load.span = static_cast<double>((end - first).n) / static_cast<double>(lun_.n);
}

/// Of a trace, and of jobs that differ, the mix is only known afterwards.
LoadShape Simulation::measured_shape() const {
  LoadShape load = load_shape();
  if (!fio_->replays().empty()) load.scattered = false;
  double ios = 0, reads = 0, bytes = 0;
  for (const JobStats& job : fio_->stats()) {
    reads += static_cast<double>(job.dir[0].ios);
    for (const DirStats& dir : job.dir) {
      ios += static_cast<double>(dir.ios);
      bytes += static_cast<double>(dir.bytes.n);
    }
  }
  if (ios == 0) return load;
  load.read_fraction = reads / ios;
  load.block_size = bytes / ios;
  const auto& jobs = fio_->expanded();
  load.random = std::any_of(jobs.begin(), jobs.end(), [](const JobSpec& job) { return job.random; });
  return load;
}

Result Simulation::run(const std::function<bool(Time, std::int64_t)>& progress) {
  Result result;
  constexpr int kEventsPerLook = 1 << 16;
  try {
    while (!fio_->done() && !sim_->idle()) {
      sim_->run_events(kEventsPerLook);
      if (progress && !result.interrupted && !fio_->done() &&
          !progress(sim_->now().time_since_epoch(), fio_->measured_ios())) {
        result.interrupted = true;
        fio_->request_stop();
      }
    }
  } catch (const ConfigError&) {  // of a trace, which is read on the way
    throw;
  } catch (const std::exception& e) {
    throw std::runtime_error(fmt::format("{} (at {} of simulated time, seed {})", e.what(),
                                         format(sim_->now().time_since_epoch()), sim_->seed()));
  }
  if (!fio_->done())
    throw std::runtime_error(fmt::format("the path came to a standstill at {} with {} requests open, seed {}",
                                         format(sim_->now().time_since_epoch()), sim_->open_requests(),
                                         sim_->seed()));
  result.specs = fio_->expanded();
  result.jobs = fio_->stats();
  for (const auto& [job, stats] : fio_->replays())
    result.replays.push_back({result.specs[job].name, *result.specs[job].replay, stats});
  if (!result.replays.empty() || scenario_.jobs.jobs.size() > 1) set_bounds(measured_shape());
  result.stages = stage_results();
  result.params = params_;
  result.bound = bound();
  result.simulated = sim_->now().time_since_epoch();
  result.events = sim_->events();
  result.seed = sim_->seed();
  result.notes = notes(result);
  for (std::size_t i = 0; i < sim_->stages(); ++i)
    result.at_risk += sim_->stage(static_cast<StageId>(i)).at_risk();
  for (const StageResult& stage : result.stages) {
    const bool in_guest = scenario_.disk && stage.layer <= Layer::bus;
    (in_guest ? result.guest_cpu_us : result.host_cpu_us) += stage.cpu_us;
  }
  return result;
}

std::vector<StageResult> Simulation::stage_results() const {
  std::vector<StageResult> all;
  std::map<std::string, std::size_t> index;
  const double measured = static_cast<double>(std::max<std::int64_t>(1, fio_->measured_ios()));
  const double elapsed = seconds(sim_->now().time_since_epoch());
  for (const std::size_t node : graph_->order()) {
    const Stage& stage = sim_->stage(ids_[node]);
    const PathNode& n = graph_->nodes()[node];
    const auto [it, fresh] = index.try_emplace(n.group, all.size());
    if (fresh) {
      StageResult r;
      r.name = n.group;
      r.model = n.model;
      r.layer = n.layer;
      r.instances = 0;
      const std::size_t group = sim_->group_of(ids_[node]);
      r.queued_us = static_cast<double>(fio_->bucket_sums()[2 * group]) * 1e-3 / measured;
      r.service_us = static_cast<double>(fio_->bucket_sums()[2 * group + 1]) * 1e-3 / measured;
      all.push_back(std::move(r));
    }
    StageResult& r = all[it->second];
    ++r.instances;
    r.visits += stage.visits();
    r.cpu_us += micros(stage.cpu()) / measured;
    const double busy = elapsed > 0 ? 100 * seconds(stage.busy()) / elapsed : 0;
    r.busy_percent += (busy - r.busy_percent) / r.instances;
    merge_stats(r.stats, stage.stats(), r.instances);
  }
  return all;
}

}  // namespace blkpath
