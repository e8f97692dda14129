#include "scenarios/scenario.hpp"

#include <gmock/gmock.h>

#include "scenarios/test/scenario_test_base.hpp"

namespace blkpath {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr const char* kHead = "size: 4GiB\njob: job.fio\n";

class ScenarioFile : public ScenarioTest {
 protected:
  ScenarioFile() {
    folder_.write(
        "job.fio",
        "[job]\nrw=randread\nbs=4k\ndirect=1\nioengine=libaio\niodepth=4\nsize=1g\nruntime=100ms\n");
  }
  /// Building the stages is part of checking them.
  std::string error(const std::string& text, const Overrides& overrides = {}) {
    return refusal_of([&] { Simulation(load(text, overrides)); });
  }
  std::string error_with_set(const std::string& set) { return error(kBare, {.sets = {set}}); }

  const std::string kBare = std::string(kHead) + kPath;
  const std::string kGuest = kBare + "guest: {vcpus: 1}\ndisk:\n  if: virtio\n  cache: none\n  aio: native\n";
};

std::vector<std::string> names(const Scenario& scenario) {
  std::vector<std::string> all;
  for (const StageSpec& stage : scenario.stages) all.push_back(stage.name);
  return all;
}

TEST_F(ScenarioFile, BareMetalIsTheEngineAndThePath) {
  EXPECT_THAT(names(load(kBare)), ElementsAre("engine.0", "block", "hba", "link", "shelf", "spindle"));
}

TEST_F(ScenarioFile, AGuestStandsAboveThePathAndNoneTakesItAway) {
  EXPECT_THAT(names(load(kGuest)), ElementsAre("engine.0", "guest", "virtio_blk", "emulator", "raw",
                                               "linux_aio", "block", "hba", "link", "shelf", "spindle"));
  const Scenario bare = load(kGuest, {.sets = {"guest=none"}});
  EXPECT_EQ(names(bare), names(load(kBare)));
  EXPECT_FALSE(bare.disk);
}

TEST_F(ScenarioFile, MissingKeysAreAskedForWithAnExample) {
  EXPECT_EQ(error("job: job.fio\n" + std::string(kPath)),
            "x.yaml:1: size: how large the disk is must be said, for example 'size: 100GiB'");
  EXPECT_EQ(error("size: 4GiB\n" + std::string(kPath)),
            "x.yaml:1: job: a scenario needs a fio job or a trace, for example 'job: guestrun.fio' or "
            "'trace: {file: "
            "web.csv}', or --job FILE, or --trace FILE");
  EXPECT_THAT(error(kHead), HasSubstr("path: needs the stages below the host's file, for example 'path: "
                                      "{block: {model: block_queue}, disk: {model: disk}}'"));
  EXPECT_EQ(error(std::string(kHead) + "path: {disk: {}}\n"),
            "x.yaml:3: path.disk: needs a model, for example 'model: fc_link'.");
  EXPECT_THAT(error(kBare + "guest: {vcpus: 1}\n"),
              HasSubstr("disk: a guest needs a disk, for example 'disk: {if: virtio,"));
}

TEST_F(ScenarioFile, UnknownKeysNameTheNearest) {
  EXPECT_EQ(error(kBare + "gest: {}\n"), "x.yaml:9: gest: unknown key. Did you mean 'guest'?");
  EXPECT_EQ(error(kGuest + "  cahce: none\n"), "x.yaml:14: disk.cahce: unknown key. Did you mean 'cache'?");
  EXPECT_EQ(error(kGuest, {.sets = {"disk.cahce=none"}}),
            "command line: disk.cahce: unknown key. Did you mean 'cache'?");
  EXPECT_EQ(error_with_set("path.hba.comand_cost=3us"),
            "command line: path.hba.comand_cost: unknown key. Did you mean 'command_cost'?");
  EXPECT_EQ(error_with_set("path.hbb.bus=3MB/s"),
            "command line: path.hbb: needs a model, for example 'model: fc_link'. Did you mean 'hba'?");
  EXPECT_THAT(error_with_set("path.hba.model=hbo"),
              HasSubstr("there is no model 'hbo'. Did you mean 'hba'?"));
  EXPECT_EQ(error_with_set("path.hba.to=lnk"),
            "command line: path.hba.to: there is no stage 'lnk' in the path. Did you mean 'link'?");
  EXPECT_EQ(error_with_set("job.iodpeth=3"),
            "command line: iodpeth: is not an option of fio. Did you mean 'iodepth'?");
}

TEST_F(ScenarioFile, QuantitiesNeedUnits) {
  EXPECT_EQ(error_with_set("size=4"),
            "command line: size: '4' needs a number and a unit, for example '64KiB'");
  EXPECT_EQ(error_with_set("path.hba.bus=850"),
            "command line: path.hba.bus: '850' needs a number and a unit, for example '850MB/s'");
  EXPECT_THAT(error_with_set("path.hba.command_cost=3"),
              HasSubstr("'3' needs a number and a unit, for example '40us'"));
  EXPECT_THAT(error_with_set("path.hba.bus=850MBit"), HasSubstr("has an unknown unit (one of B/s, KiB/s,"));
  EXPECT_THAT(error_with_set("path.hba.command_cost=-3us"), HasSubstr("is out of range"));
  EXPECT_THAT(error_with_set("size=0B"), HasSubstr("is less than a sector, for example '100GiB'"));
}

TEST_F(ScenarioFile, ValuesHaveTheRightShape) {
  EXPECT_EQ(error_with_set("path=disk"),
            "command line: path: needs stages, for example 'path: {block: {model: block_queue}, disk: "
            "{model: disk}}'");
  EXPECT_EQ(error_with_set("path.hba=3"),
            "command line: path.hba: needs keys, for example '{model: fc_link}'");
  EXPECT_EQ(error_with_set("size={a: 1GiB}"),
            "command line: size: a map stands where one value is wanted, for example '100GiB'");
  EXPECT_EQ(error_with_set("size="), "command line: size: has no value, for example '100GiB'");
  EXPECT_EQ(error_with_set("size=[1GiB]"),
            "command line: size: a list stands where one value is wanted, for example '100GiB'");
  EXPECT_THAT(error_with_set("job=[a.fio]"), HasSubstr("job: a list stands where one value is wanted"));
  EXPECT_THAT(error_with_set("path.hba.to={a: b}"),
              HasSubstr("path.hba.to: a map stands where one value is wanted"));
  EXPECT_THAT(error_with_set("path.hba.bus=[1MB/s]"),
              HasSubstr("path.hba.bus: a list stands where one value is wanted"));
  EXPECT_THAT(error_with_set("fio=3"), StartsWith("command line: fio: '3' stands where keys are wanted"));
  EXPECT_THAT(error_with_set("path.spindle.zones=3"),
              HasSubstr("path.spindle.zones: '3' is not a list, for example [["));
  EXPECT_THAT(error(kGuest, {.sets = {"disk=none"}}),
              HasSubstr("disk: needs keys, for example 'disk: {if: virtio,"));
  EXPECT_THAT(error(kGuest, {.sets = {"guest=linux"}}),
              HasSubstr("guest: needs keys, for example 'guest: {vcpus: 1}', or"));
}

TEST_F(ScenarioFile, CountsMustMakeSense) {
  EXPECT_EQ(error_with_set("path.spindle.count=-3"),
            "command line: path.spindle.count: '-3' is not in 1 to 4096, for example '14'");
  EXPECT_THAT(error_with_set("path.spindle.count=0"), HasSubstr("'0' is not in 1 to 4096"));
  EXPECT_EQ(error_with_set("path.spindle.count=two"),
            "command line: path.spindle.count: 'two' is not a whole number, for example '128'");
  EXPECT_EQ(error_with_set("seed=-1"), "command line: seed: '-1' must not be negative, for example '1'");
}

TEST_F(ScenarioFile, APathMustBeSound) {
  EXPECT_THAT(error_with_set("path.link.to=hba"),
              AllOf(StartsWith("x.yaml:5: hba"), HasSubstr("the path runs in a circle, hba -> link -> hba")));
  EXPECT_THAT(error_with_set("path.block.to=link"),
              AllOf(StartsWith("x.yaml:5: hba"), HasSubstr("no workload reaches this stage")));
  EXPECT_THAT(error(std::string(kHead) + "path:\n  disk: {model: disk}\n  hba: {model: hba}\n"),
              StartsWith("x.yaml:5: hba"));
  EXPECT_THAT(
      error(std::string(kHead) +
            "path:\n  link: {model: fc_link}\n  hba: {model: hba}\n  disk: {model: disk}\n"),
      AllOf(StartsWith("x.yaml:4: link"), HasSubstr("a fabric ('link') cannot stand above a hba ('hba')")));
  EXPECT_THAT(error(std::string(kHead) + "path: {hba: {model: hba}}\n"),
              HasSubstr("a path ends in a leaf such as a disk"));
}

TEST_F(ScenarioFile, StageNamesAreWordsOfTheirOwn) {
  const auto named = [&](const std::string& name) {
    return error(std::string(kHead) + "path: {'" + name + "': {model: disk}}\n");
  };
  EXPECT_EQ(named("a"), "");
  EXPECT_THAT(named("a.b"),
              HasSubstr("a stage's name is made of letters, digits, '_' and '-', for example 'link_a'"));
  EXPECT_THAT(named("a[0]"), HasSubstr("a stage's name is made of letters"));
  EXPECT_THAT(named("engine"), HasSubstr("belongs to a software stage; take another"));
  EXPECT_THAT(error(kGuest + "emulator: {}\n", {.sets = {"path.emulator.model=disk"}}),
              HasSubstr("belongs to a software stage"));
}

TEST_F(ScenarioFile, AJobMustFitTheDisk) {
  EXPECT_EQ(error_with_set("size=512MiB"),
            "x.yaml:2: job: job 'job': offset 0B and size 1GiB reach beyond the device, which has 512MiB");
  EXPECT_THAT(error_with_set("job=gone.fio"), StartsWith("command line: job: there is no file 'gone.fio'"));
  EXPECT_EQ(error(std::string("size: 1GiB\njob: gone.fio\n") + kPath),
            "x.yaml:2: job: there is no file 'gone.fio'");
  EXPECT_THAT(error(kBare, {.job_file = "gone.fio"}), HasSubstr("cannot read the fio job file 'gone.fio'"));
}

TEST_F(ScenarioFile, DiskNeedsAGuestAndCacheModesTheRightDriver) {
  EXPECT_EQ(error(kBare + "disk: {cache: none}\n"),
            "x.yaml:9: disk: this scenario is bare metal and has no hypervisor; add a guest, for example "
            "'guest: {vcpus: 1}'");
  EXPECT_THAT(
      error(kGuest, {.sets = {"disk.cache=writeback"}}),
      AllOf(StartsWith("x.yaml:13: aio: 'native' needs O_DIRECT"), HasSubstr("'cache=none,aio=native'")));
  EXPECT_EQ(error(kGuest, {.sets = {"disk.cache=writeback", "disk.allow_blocking_native=true"}}), "");
  EXPECT_THAT(error(kGuest, {.sets = {"disk.if=scsi"}}),
              HasSubstr("disk.if: 'scsi' is not modelled yet; use 'virtio' or 'ide'"));
}

TEST_F(ScenarioFile, QemuLinesReplaceTheDisk) {
  const std::string drive = "-drive file=/dev/sdb,format=raw,if=virtio,";
  EXPECT_EQ(error(kBare, {.qemu = drive + "cache=none"}),
            "command line: --qemu: this scenario is bare metal; add a guest with '--set guest.vcpus=1'");
  EXPECT_THAT(error(kGuest, {.qemu = drive + "cache=writeback,aio=native"}),
              HasSubstr("command line: aio: 'native' needs O_DIRECT"));
  EXPECT_THAT(names(load(kGuest, {.qemu = drive + "cache=writeback"})),
              AllOf(Contains("thread_pool"), Contains("page_cache")));
  EXPECT_THAT(error(kGuest, {.fio_args = {"--name=w", "--rw=write", "--size=1g"},
                             .qemu = drive + "cache=none,readonly=on"}),
              HasSubstr("--qemu: the disk is read-only, and job 'w' writes to it"));
}

TEST_F(ScenarioFile, WhatAQemuLineAsksForIsSetOrSaid) {
  const Scenario s =
      load(kGuest + "virtio_blk: {queue_size: 128}\n",
           {.qemu = "-object iothread,id=t -drive file=/dev/sdb,format=raw,if=none,id=d,cache=none "
                    "-device virtio-blk-pci,drive=d,queue-size=64,iothread=t,num-queues=2"});
  const auto ring = std::find_if(s.stages.begin(), s.stages.end(),
                                 [](const StageSpec& x) { return x.model == "virtio_blk"; });
  ASSERT_EQ(ring->params.entries.size(), 1u);
  EXPECT_EQ(ring->params.entries[0].second.text, "64");
  EXPECT_THAT(s.notes, AllOf(Contains(HasSubstr("iothread: not modelled")),
                             Contains(HasSubstr("num-queues=2: not modelled"))));
}

TEST_F(ScenarioFile, OptionsOfTheJobCanBeSet) {
  const Scenario s = load(kBare, {.sets = {"job.bs=16k", "job.iodepth=9"}, .runtime = "2s"});
  EXPECT_EQ(s.jobs.jobs[0].bs[0].min, 16_KiB);
  EXPECT_EQ(s.jobs.jobs[0].iodepth, 9);
  EXPECT_EQ(s.jobs.jobs[0].runtime, 2s);
  const Scenario split =
      load(kBare, {.sets = {"job.bs=8k"}, .fio_args = {"--name=x", "--size=1g", "--bssplit=4k/50:64k/50"}});
  EXPECT_THAT(split.jobs.jobs[0].bs[0].split, IsEmpty());
  EXPECT_EQ(split.jobs.jobs[0].bs[0].max, 8_KiB);
  EXPECT_EQ(error_with_set("job.bs"),
            "command line: --set: 'job.bs' needs an option of fio and a value, for example 'job.bs=4k'");
  EXPECT_THAT(error(kBare, {.runtime = "2q"}), StartsWith("command line: runtime: '2q'"));
}

TEST_F(ScenarioFile, SectionsThatNothingReadsAreCheckedAllTheSame) {
  EXPECT_EQ(error(kBare + "thread_pool: {workers: 8}\n"), "");
  EXPECT_EQ(error(kBare + "thread_pool: {wrkers: 8}\n"),
            "x.yaml:9: thread_pool.wrkers: unknown key. Did you mean 'workers'?");
  EXPECT_THAT(load(kBare + "thread_pool: {workers: 8}\n").notes, IsEmpty());
  EXPECT_THAT(load(kBare, {.sets = {"thread_pool.workers=8"}}).notes,
              ElementsAre("command line: thread_pool: not used, this path has no thread_pool"));
}

TEST_F(ScenarioFile, ProvenanceReachesTheParameters) {
  const std::string cost = "{value: 9us, provenance: measured, source: trace.log, standard_error: 1us}";
  const Simulation simulation(
      load(kBare, {.sets = {"path.hba.command_cost=" + cost, "path.hba.interrupt_cost=5us"}}));
  int seen = 0;
  for (const StageParams& stage : simulation.params())
    for (const ParamInfo& p : stage.params) {
      if (stage.stage == "hba" && p.name == "command_cost") {
        ++seen;
        EXPECT_EQ(p.value, "9us");
        EXPECT_EQ(p.provenance.kind, Provenance::Kind::measured);
        EXPECT_EQ(p.provenance.standard_error, "1us");
      }
      if (stage.stage == "hba" && p.name == "interrupt_cost") {
        ++seen;
        EXPECT_EQ(p.provenance.kind, Provenance::Kind::assumed);
      }
    }
  EXPECT_EQ(seen, 2);
}

}  // namespace
}  // namespace blkpath
