#include <fmt/format.h>

#include <filesystem>

#include "cli/command.hpp"
#include "model/core/registry.hpp"
#include "scenarios/disksim_disk.hpp"

namespace blkpath::cli {

void add_import(CLI::App& app, int&) {
  auto* command = app.add_subcommand("import", "Read other tools' descriptions of hardware as parts");
  command->require_subcommand(1);
  auto* disksim = command->add_subcommand("disksim", "A disk from a DiskSim parameter file");
  disksim->footer(
      "FILE is a .diskspecs, or a .parv, which describes the bus as well; files that it sources are found "
      "beside it.\n"
      "What the file asks for that is not modelled is listed on standard error.\n"
      "Examples:\n"
      "  blkpath import disksim atlas10k.diskspecs -o atlas10k.yaml\n"
      "  blkpath validate --part atlas10k.yaml --trace measured.trace.xz");
  struct Args {
    std::string file, output;
    bool force = false;
  };
  auto args = std::make_shared<Args>();
  disksim->add_option("FILE", args->file, "DiskSim parameter file")->required();
  disksim->add_option("-o,--output", args->output, "part file to write; standard output unless told");
  disksim->add_flag("--force", args->force, "overwrite the output");
  disksim->callback([args] {
    if (!args->output.empty() && args->output != "-" && !args->force && std::filesystem::exists(args->output))
      throw ConfigError({}, "--output", fmt::format("'{}' exists; --force overwrites it", args->output));
    const ImportedPart imported = import_disksim_disk(args->file);
    find_model(imported.part.model, imported.part.params.place, "model").make(imported.part.params, "disk");
    check_writable(args->output, "--output");
    write_text(args->output, part_text(imported));
    for (const std::string& note : imported.notes) fmt::print(stderr, "read otherwise: {}\n", note);
    for (const std::string& ignored : imported.ignored) fmt::print(stderr, "not modelled: {}\n", ignored);
  });
}

}  // namespace blkpath::cli
