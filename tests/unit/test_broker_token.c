#include "bed.h"

int main(void)
{
    return 0;
}
