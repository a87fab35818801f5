// Lets the compiler accept Now, whose body is the runtime's.
