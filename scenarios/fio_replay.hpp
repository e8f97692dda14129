/// fio's read_iolog and the replay_ options beside it.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/fio_options.hpp"

namespace blkpath::fio {

void set_replay_skip(Draft& draft, std::string_view value);
void set_replay_align(Draft& draft, std::string_view value);

/// Fills spec.replay when the job has a read_iolog. A file is looked up as written, then beside the job file.
/// @throws ConfigError when there is no such file
void resolve_replay(const Draft& draft, JobSpec& spec);

/// Adds a line for each option of the job that fio would heed in a replay and the model does not.
void note_replay(const Draft& draft, std::vector<std::string>& not_modelled);

}  // namespace blkpath::fio
