"""``python -m fer.capacity`` is ``python -m fer capacity``, under the name that older notes use."""

from fer.bench.capacity import main

if __name__ == "__main__":
    main()
