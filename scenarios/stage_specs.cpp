#include "scenarios/stage_specs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <optional>
#include <set>

#include "model/core/registry.hpp"
#include "scenarios/part.hpp"

namespace blkpath {
namespace {

constexpr int kMostInstances = 4096;

std::string section_model(const std::string& section) {
  return section == "guest_page_cache" ? "page_cache" : section;
}

/// The model's parameter, unless the scenario sets it itself.
void set_default(ConfigMap& params, const std::string& key, std::string value) {
  for (const auto& entry : params.entries)
    if (entry.first == key) return;
  ConfigValue v;
  v.text = std::move(value);
  v.place = params.place;
  params.entries.emplace_back(key, std::move(v));
}

const char* driver_model(Aio aio) {
  switch (aio) {
    case Aio::threads:
      return "thread_pool";
    case Aio::native:
      return "linux_aio";
    case Aio::io_uring:
      return "io_uring";
    case Aio::posix:
      return "posix_aio";
  }
  return "";
}
const char* engine_model(IoEngine engine) {
  switch (engine) {
    case IoEngine::libaio:
      return "linux_aio";
    case IoEngine::posixaio:
      return "posix_aio";
    case IoEngine::io_uring:
      return "io_uring";
    case IoEngine::psync:
      return "";
  }
  return "";
}

/// Builds the list of stages from the top down; each new one becomes the lower neighbour of the last.
class Loader {
 public:
  Loader(const Config& root, Scenario& scenario) : root_(root), scenario_(scenario) {}

  void software();
  void path();
  void engines();
  void unused();

 private:
  ConfigMap section(const std::string& key) {
    used_.insert(key);
    const Config* found = root_.find(key);
    if (found && found->kind == Config::Kind::scalar && found->text == "none") return {found->place, {}};
    return found ? to_section(*found, key) : ConfigMap{root_.place, {}};
  }
  StageSpec& push(const std::string& name, const std::string& model) {
    if (!scenario_.stages.empty()) scenario_.stages.back().to = {name};
    StageSpec spec{name, model, 1, {}, section(name), {}, name};
    spec.place = spec.params.place;
    scenario_.stages.push_back(std::move(spec));
    return scenario_.stages.back();
  }
  void read_stage(const std::string& name, const Config& body, const std::string& next);
  std::vector<std::string> read_to(const Config& to, const std::string& key);

  const Config& root_;
  Scenario& scenario_;
  std::vector<std::string> path_names_;
  std::set<std::string> used_;  ///< sections
};

/// From the guest's kernel (or the host's, on bare metal) down to the host's block layer.
void Loader::software() {
  const bool buffered = std::any_of(scenario_.jobs.jobs.begin(), scenario_.jobs.jobs.end(),
                                    [](const JobSpec& job) { return !job.direct; });
  // Jobs that bypass a cache and jobs that use it may share it, where they run.
  const auto cache = [&](const std::string& name) -> StageSpec& {
    StageSpec& spec = push(name, "page_cache");
    set_default(spec.params, "size", format(scenario_.size));
    return spec;
  };
  const auto job_cache = [&](const std::string& name) {
    if (buffered) set_default(cache(name).params, "bypass_direct", "true");
  };
  if (!scenario_.disk) return job_cache("page_cache");
  const DiskConfig& disk = *scenario_.disk;
  job_cache("guest_page_cache");
  push("guest", "guest");
  const std::string bus = disk.bus == Bus::ide ? "ide" : "virtio_blk";
  StageSpec& ring = push(bus, bus);
  if (disk.bus == Bus::virtio_blk) set_default(ring.params, "queue_size", std::to_string(disk.queue_size));
  push("emulator", "emulator");
  StageSpec& raw = push("raw", "raw");
  set_default(raw.params, "direct", disk.cache.o_direct ? "true" : "false");
  set_default(raw.params, "write_through", disk.cache.write_cache_shown ? "false" : "true");
  set_default(raw.params, "flush", disk.cache.flush_honoured ? "true" : "false");
  const std::string driver = driver_model(disk.aio);
  StageSpec& aio = push(driver, driver);
  if (driver == "io_uring") set_default(aio.params, "direct", disk.cache.o_direct ? "true" : "false");
  if (!disk.cache.o_direct) cache("page_cache");
}

std::vector<std::string> Loader::read_to(const Config& to, const std::string& key) {
  std::vector<std::string> names;
  if (to.kind == Config::Kind::list)
    for (const Config& item : to.items) names.push_back(parse_word(item, key, "[link_a, link_b]"));
  else
    names.push_back(parse_word(to, key, "link"));
  for (const std::string& name : names)
    if (std::find(path_names_.begin(), path_names_.end(), name) == path_names_.end())
      throw ConfigError(
          to.place, key,
          fmt::format("there is no stage '{}' in the path.{}", name, did_you_mean(name, path_names_)));
  return names;
}

void Loader::read_stage(const std::string& name, const Config& body, const std::string& next) {
  const std::string key = "path." + name;
  const bool good_name = !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-';
  });
  if (!good_name)
    throw ConfigError(body.place, key,
                      "a stage's name is made of letters, digits, '_' and '-', for example 'link_a'");
  if (name == "fio" || name == "engine" || name == "guest_page_cache")
    throw ConfigError(body.place, key, "this name belongs to a software stage; take another");
  for (const StageSpec& other : scenario_.stages)
    if (other.name == name)
      throw ConfigError(body.place, key, "this name belongs to a software stage; take another");
  if (body.kind != Config::Kind::map)
    throw ConfigError(body.place, key, "needs keys, for example '{model: fc_link}'");

  StageSpec spec;
  spec.name = name;
  spec.place = body.place;
  spec.section = key;
  const Config* model = body.find("model");
  std::optional<Part> part;
  if (const Config* file = body.find("part")) {
    const std::string written = parse_word(*file, key + ".part", "parts/cheetah.yaml");
    part = load_part((std::filesystem::path(file->place.file).parent_path() / written).string(), file->place,
                     key + ".part");
  }
  if (!model && !part) {
    std::vector<std::string> others = path_names_;
    std::erase(others, name);
    // A name misspelt in --set makes a stage that the file does not have.
    const std::string hint = body.place.file.empty() ? did_you_mean(name, others) : "";
    throw ConfigError(body.place, key, "needs a model, for example 'model: fc_link'." + hint);
  }
  const ModelInfo& info =
      model ? find_model(parse_word(*model, key + ".model", "fc_link"), model->place, key + ".model")
            : find_model(part->model, body.place, key + ".part");
  if (part && info.name != part->model)
    throw ConfigError(model->place, key + ".model",
                      fmt::format("'{}', but the part is of model {}", info.name, part->model));
  spec.model = info.name;
  if (const Config* count = body.find("count")) {
    const std::int64_t n = parse_scalar(*count, key + ".count", "14", parse_count);
    if (n < 1 || n > kMostInstances)
      throw ConfigError(count->place, key + ".count",
                        fmt::format("'{}' is not in 1 to {}, for example '14'", count->text, kMostInstances));
    spec.count = static_cast<int>(n);
  }
  if (const Config* to = body.find("to"))
    spec.to = read_to(*to, key + ".to");
  else if (!next.empty() && !info.leaf)
    spec.to = {next};
  spec.params = to_section(body, key, {"model", "part", "count", "to"});
  if (part) spec.params = with(part->params, spec.params);
  scenario_.stages.push_back(std::move(spec));
}

void Loader::path() {
  const Config* path = root_.find("path");
  if (!path)
    throw ConfigError(root_.place, "path",
                      "needs the stages below the host's file, for example 'path: {block: {model: "
                      "block_queue}, disk: {model: disk}}'");
  if (path->kind != Config::Kind::map || path->entries.empty())
    throw ConfigError(path->place, "path",
                      "needs stages, for example 'path: {block: {model: block_queue}, disk: {model: disk}}'");
  path_names_ = path->keys();
  if (!scenario_.stages.empty()) scenario_.stages.back().to = {path_names_.front()};
  for (std::size_t i = 0; i < path->entries.size(); ++i)
    read_stage(path_names_[i], path->entries[i].value, i + 1 < path_names_.size() ? path_names_[i + 1] : "");
}

/// Each job submits through its own I/O engine, which is an AIO driver of the kernel it runs on.
void Loader::engines() {
  const std::string below = scenario_.stages.front().name;
  std::vector<StageSpec> engines;
  for (std::size_t i = 0; i < scenario_.jobs.jobs.size(); ++i) {
    const JobSpec& job = scenario_.jobs.jobs[i];
    const std::string model = engine_model(job.engine);
    if (model.empty()) {
      scenario_.engines.push_back(below);
      continue;
    }
    StageSpec engine{fmt::format("engine.{}", i), model,       1,       {below},
                     section("engine"),           root_.place, "engine"};
    if (model == "io_uring") set_default(engine.params, "direct", job.direct ? "true" : "false");
    scenario_.engines.push_back(engine.name);
    engines.push_back(std::move(engine));
  }
  scenario_.stages.insert(scenario_.stages.begin(), std::make_move_iterator(engines.begin()),
                          std::make_move_iterator(engines.end()));
}

/// Sections of stages that this path does not have: a file may be written for several paths, so they may
/// stand there, but they must be right, and what the command line sets in vain is said.
void Loader::unused() {
  std::vector<std::string> all = software_sections();
  all.emplace_back("guest");
  for (const std::string& name : all) {
    const Config* found = root_.find(name);
    if (!found || used_.contains(name) || found->kind == Config::Kind::scalar) continue;
    const ConfigMap params = to_section(*found, name);
    if (name == "engine") {
      scenario_.notes.push_back(found->place.str() + ": engine: not used, no job has an asynchronous engine");
      continue;
    }
    find_model(section_model(name), found->place, name).make(params, name);
    const bool typed = std::any_of(params.entries.begin(), params.entries.end(),
                                   [](const auto& entry) { return entry.second.place.file.empty(); });
    if (typed)
      scenario_.notes.push_back(fmt::format("command line: {0}: not used, this path has no {0}", name));
  }
}

}  // namespace

const std::vector<std::string>& software_sections() {
  static const std::vector<std::string> all{
      "virtio_blk", "ide",        "emulator",         "raw",   "posix_aio", "thread_pool", "linux_aio",
      "io_uring",   "page_cache", "guest_page_cache", "engine"};
  return all;
}

std::string parse_word(const Config& value, const std::string& key, const std::string& example) {
  return parse_scalar(value, key, example, [](const std::string& text) { return text; });
}

void add_stages(const Config& root, Scenario& scenario) {
  Loader loader(root, scenario);
  loader.software();
  loader.path();
  loader.engines();
  loader.unused();
}

}  // namespace blkpath
