#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "cli/this_machine.h"
#include "cli/verb.h"

namespace evener {
namespace {

struct MachineOptions {
  Machine given;
  std::string file;
  bool detect = false;
  std::vector<std::pair<CLI::Option*, void (*)(const Machine&, Machine&)>> flags;
};

Result<Machine> machine_in(const std::string& file, const std::string& name) {
  const std::string text = TRY(read_file(file));
  const Json json = TRY(parse_json(text, file));
  Machine machine;
  Json whole = json;
  if (whole.is_object() && !name.empty()) whole.get_object()["name"] = name;
  TRY(read_object(whole, machine, Path{nullptr, file}));
  return machine;
}

// A file says all of a machine; --detect what was found here, and flags what they name.
Result<Machine> described(Session& session, const MachineOptions& options) {
  const std::string& name = options.given.name;
  if (name.empty() && options.file.empty()) return Error{"usage", "name a machine, or a --file"};
  Client* const client = TRY(session.client());
  Machine machine = options.file.empty() ? TRY(known_machine(*client, name))
                                         : TRY(machine_in(options.file, name));
  if (options.detect) take_over(take_inventory(system_sources()), machine);
  for (const auto& [flag, lay] : options.flags) {
    if (flag->count() > 0) lay(options.given, machine);
  }
  // An empty text clears a list.
  for (auto* const list : {&machine.gpus, &machine.models, &machine.labels}) std::erase(*list, "");
  return machine;
}

ExitCode describe_machine(Session& session, const MachineOptions& options) {
  Result<Machine> machine = described(session, options);
  if (!machine.ok()) return session.failed(machine.error());
  const std::string name = machine->name;
  return session.give(SetMachine{std::move(*machine)}, [&](const Json&) {
    session.print(fmt::format("described the machine {}", name));
  });
}

template <auto Member>
void take(const Machine& given, Machine& machine) {
  machine.*Member = given.*Member;
}

}  // namespace

void add_machine(CommandLine& line) {
  const auto options = std::make_shared<MachineOptions>();
  CLI::App* const verb = line.add(
      "machine",
      "Describe a machine; every worker on it can do what it has",
      "  evener machine walnut --cores 64 --memory-mb 262144 --gpu A100 --gpu A100\n"
      "  evener machine walnut --model llama-70b --label fast-disk --domain rack-3\n"
      "  evener machine walnut --label ''\n"
      "  evener machine walnut --detect\n"
      "  evener machine --file walnut.json",
      [options](Session& session) { return describe_machine(session, *options); }
  );
  Machine& given = options->given;
  auto& flags = options->flags;
  verb->add_option("machine", given.name, "Its name: workers name it with --machine")
      ->type_name("NAME");
  verb->add_option("--file", options->file, "All of it as JSON: name, cores, memory_mb, gpus, ...")
      ->type_name("FILE");
  verb->add_flag(
      "--detect", options->detect, "Cores, memory, GPUs and models of the one this runs on"
  );
  const auto text = [&](const char* flag, std::string& value, const char* help, auto how) {
    flags.emplace_back(verb->add_option(flag, value, help)->type_name("TEXT"), how);
  };
  constexpr std::int64_t most = 1'000'000'000'000;
  const auto number = [&](const char* flag, std::int64_t& value, const char* help, auto how) {
    CLI::Option* const option = verb->add_option(flag, value, help);
    flags.emplace_back(option->type_name("N")->check(CLI::Range(std::int64_t{0}, most)), how);
  };
  const auto list =
      [&](const char* flag, std::vector<std::string>& values, const char* help, auto how) {
        CLI::Option* const option = verb->add_option(flag, values, help)->type_name("NAME");
        option->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
        flags.emplace_back(option, how);
      };
  text("--address", given.address, "Where it is reached", take<&Machine::address>);
  text("--domain", given.domain, "What fails together: a rack, a room", take<&Machine::domain>);
  number("--cores", given.cores, "Of its processors", take<&Machine::cores>);
  number("--memory-mb", given.memory_mb, "Of main memory", take<&Machine::memory_mb>);
  list("--gpu", given.gpus, "A GPU (repeat for more)", take<&Machine::gpus>);
  list("--model", given.models, "A model that it serves (repeat)", take<&Machine::models>);
  list("--label", given.labels, "What else it has: fast-disk, ram_gb=64 (repeat)", take<&Machine::labels>);
}

}  // namespace evener
