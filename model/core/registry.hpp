/// The list of models that can be built. Each model registers itself in its own .cpp with one line.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/core/params.hpp"
#include "model/core/stage.hpp"

namespace blkpath {

/// A stage that was built, with the parameters it was built from.
struct Built {
  std::unique_ptr<Stage> stage;
  std::vector<ParamInfo> params;
};

struct ModelInfo {
  std::string name, sentence;
  Layer layer;
  bool leaf;  ///< nothing stands below it
  std::vector<ParamInfo> params;
  /// @throws ConfigError
  Built (*make)(const ConfigMap& config, const std::string& section);
};

/// All registered models by name; sorted, so lists are the same everywhere.
const std::map<std::string, ModelInfo, std::less<>>& models();
/// @throws ConfigError naming the nearest known model
const ModelInfo& find_model(std::string_view name, const Place& place, std::string_view key);
void register_model(ModelInfo info);

/// `const Registered<FcLink> registered{"fc_link", "One direction of a Fibre Channel link."};`
///
/// The model declares `struct Params` with `static auto fields()`, `static constexpr Layer kLayer`, and is
/// constructed from Params. A model of Layer::device is a leaf.
template <class Model>
struct Registered {
  Registered(std::string name, std::string sentence) {
    using Params = typename Model::Params;
    Params defaults;
    register_model({std::move(name), std::move(sentence), Model::kLayer, Model::kLayer == Layer::device,
                    read_params(defaults, ConfigMap{}, ""),
                    [](const ConfigMap& config, const std::string& section) {
                      Params params;
                      auto infos = read_params(params, config, section);
                      return Built{std::make_unique<Model>(std::move(params)), std::move(infos)};
                    }});
  }
};

}  // namespace blkpath
