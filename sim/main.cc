#include <exception>

#include "options.h"

int main(int argc, char** argv) {
  return evener::sim::main_of_simulator(argc, argv);
}
