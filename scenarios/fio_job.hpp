/// Reads what a user would give to fio: job files and command lines, by the rules of fio 3.33.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/job_spec.hpp"

namespace blkpath {

/// The jobs of one fio invocation, in order, `numjobs` not yet expanded, groups numbered.
struct FioJobs {
  std::vector<JobSpec> jobs;
  /// What fio's JSON prints as "global options": canonical names, only options that were given a value.
  std::vector<std::pair<std::string, std::string>> global_options;
  /// Options of fio that the model leaves out: "guest.fio:7: zonemode: not modelled, ignored".
  std::vector<std::string> not_modelled;
};

/// Options that every job gets last, by name, in fio's own syntax: {{"bs", "4k"}, {"runtime", "2s"}}.
using FioOverrides = std::vector<std::pair<std::string, std::string>>;

/// Reads a job file.
/// @param path       file to read; `include` files are looked up as written, then beside the including file
/// @param overrides  replace what the jobs say; errors in them name the command line
/// @throws      ConfigError with file, line and option when fio would refuse the file, when it would quietly
///              misread a number ('1.5k', '16q', '1sec'), or when the job asks for an engine without a model
FioJobs read_fio_file(const std::string& path, const FioOverrides& overrides = {});

/// As read_fio_file, from text; `file_name` is used in messages and to find `include` files.
FioJobs parse_fio_text(std::string_view text, const std::string& file_name,
                       const FioOverrides& overrides = {});

/// Reads a fio command line, e.g. {"fio", "--name=x", "--rw=randwrite", "extra.fio"}.
///
/// As in fio, `--name` starts a job, options before the first one are global, job files come after all
/// command-line jobs, and each further file forgets the globals before it and waits for the jobs before it.
/// Two liberties, so that fio 1.x lines still parse: the write_*_log options may lack a value, which then is
/// the job's name, and a boolean option without a value is 1.
FioJobs parse_fio_args(const std::vector<std::string>& args, const FioOverrides& overrides = {});

}  // namespace blkpath
