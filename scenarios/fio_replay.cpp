#include "scenarios/fio_replay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <filesystem>
#include <limits>
#include <stdexcept>
#include <utility>

#include "model/core/request.hpp"
#include "scenarios/fio_setters.hpp"
#include "scenarios/fio_values.hpp"

namespace blkpath::fio {
namespace {
using sv = std::string_view;

/// fio's list of files: ':' separates, '\:' is one of a name.
std::vector<std::string> file_list(sv text) {
  std::vector<std::string> files(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == ':')
      files.back() += text[++i];
    else if (text[i] == ':')
      files.emplace_back();
    else
      files.back() += text[i];
  }
  std::erase(files, "");
  return files;
}

std::string find_file(const std::string& name, const Place& place) {
  std::error_code ignored;
  if (name == "-" || std::filesystem::exists(name, ignored)) return name;
  const auto beside = std::filesystem::path(place.file).parent_path() / name;
  if (std::filesystem::exists(beside, ignored)) return beside.string();
  throw ConfigError(place, "read_iolog", fmt::format("there is no file '{}'", name));
}

}  // namespace

void set_replay_skip(Draft& draft, sv value) {
  static constexpr std::array<std::pair<sv, Op>, 4> kKinds{
      {{"read", Op::read}, {"write", Op::write}, {"trim", Op::trim}, {"sync", Op::flush}}};
  draft.replay_skip = {};
  for (const sv part : split(value, ',')) {
    const auto* kind =
        std::find_if(kKinds.begin(), kKinds.end(), [&](const auto& k) { return k.first == trim(part); });
    if (kind == kKinds.end()) throw std::invalid_argument("is no list of read, write, trim, sync");
    draft.replay_skip[static_cast<std::size_t>(kind->second)] = true;
  }
}

void set_replay_align(Draft& draft, sv value) {
  draft.replay_align = number_in(draft, value, 0, std::numeric_limits<int>::max());
  if (draft.replay_align != 0 && !std::has_single_bit(static_cast<std::uint64_t>(draft.replay_align)))
    throw std::invalid_argument("is no power of 2");
}

void resolve_replay(const Draft& draft, JobSpec& spec) {
  if (draft.read_iolog.empty()) return;
  ReplaySpec& replay = spec.replay.emplace();
  replay.place = draft.given.at("read_iolog");
  for (const std::string& name : file_list(draft.read_iolog))
    replay.files.push_back(find_file(name, replay.place));
  if (replay.files.empty())
    throw ConfigError(replay.place, "read_iolog", "needs a file, for example 'trace.log'");
  replay.pacing = draft.replay_no_stall ? Pacing::closed : Pacing::stalls;
  replay.speed = draft.replay_time_scale / 100.0;
  replay.one_thread = true;
  replay.skip = draft.replay_skip;
  replay.limit = spec.number_ios;
  replay.divisor = std::max<std::int64_t>(1, draft.replay_scale);
  replay.alignment = std::max<std::int64_t>(1, draft.replay_align);
}

void note_replay(const Draft& draft, std::vector<std::string>& not_modelled) {
  if (draft.read_iolog.empty()) return;
  for (const char* option : {"iodepth_batch", "iodepth_batch_complete_min", "iodepth_batch_complete_max",
                             "iodepth_low", "thinktime", "rate", "rate_iops", "fsync", "fdatasync",
                             "end_fsync", "fsync_on_close", "loops", "io_size"}) {
    const auto given = draft.given.find(option);
    if (given != draft.given.end())
      not_modelled.push_back(
          fmt::format("{}: {}: not modelled with read_iolog, ignored", given->second.str(), option));
  }
}

}  // namespace blkpath::fio
